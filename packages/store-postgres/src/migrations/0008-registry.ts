/** Indexes of the registry's searches: tags by value, names in their order, aliases of a version. */
export const sql = `
create index registered_model_order on registered_model (name collate "C");
create index registered_model_tag_value on registered_model_tag (key, left(value, 250), model_id);
create index model_version_tag_value on model_version_tag (key, left(value, 250), model_version_id);
create index registered_model_alias_version on registered_model_alias (model_id, version);
`
