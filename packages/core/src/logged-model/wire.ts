import { z } from 'zod'
import { RequiredId } from '../wire/scalars.ts'

/** The fields that decide what is found; filter, order and paging are read with the logged models themselves. */
export const SearchLoggedModelsRequest = z.object({ experiment_ids: z.array(RequiredId).min(1) })
export const SearchLoggedModelsResponse = z.object({ models: z.array(z.object({})) })
