import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.mlflow.api.proto.ModelRegistry.ModelVersion;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.FileInfo;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.MlflowClient;
import org.mlflow.tracking.MlflowClientException;
import org.mlflow.tracking.Page;

/**
 * Runs flows of the official Java client against the server of the first argument and prints one JSON line for each,
 * as flows/main.py does. The client keeps artifacts through a Python client, which MLFLOW_PYTHON_EXECUTABLE names.
 */
public class Flows {
  private interface Flow {
    void run() throws Exception;
  }

  private final MlflowClient client;
  private final String mark = Long.toString(System.nanoTime());

  private Flows(String url) {
    client = new MlflowClient(url);
  }

  public static void main(String[] arguments) {
    Flows flows = new Flows(arguments[0]);
    report("java: experiments", flows::experiments);
    report("java: runs", flows::runs);
    report("java: log-batch and history", flows::batches);
    report("java: search with pages", flows::search);
    report("java: artifacts", flows::artifacts);
    report("java: registry", flows::registry);
    flows.client.close();
  }

  private void experiments() {
    String name = "java " + mark;
    String id = client.createExperiment(name);
    equal(client.getExperiment(id).getName(), name);
    equal(client.getExperimentByName(name).map(Experiment::getExperimentId), Optional.of(id));
    equal(client.getExperimentByName("no such experiment").isPresent(), false);
    client.setExperimentTag(id, "team", "vision");
    equal(client.getExperiment(id).getTags(0).getValue(), "vision");
    client.renameExperiment(id, name + " renamed");
    equal(client.searchExperiments("name = '" + name + " renamed'").getItems().iterator().next().getExperimentId(), id);
    client.deleteExperiment(id);
    equal(client.getExperiment(id).getLifecycleStage(), "deleted");
    client.restoreExperiment(id);
    equal(client.getExperiment(id).getLifecycleStage(), "active");
    refused("RESOURCE_ALREADY_EXISTS", () -> client.createExperiment(name + " renamed"));
  }

  private void runs() {
    String experiment = client.createExperiment("java runs " + mark);
    RunInfo info = client.createRun(
        CreateRun.newBuilder().setExperimentId(experiment).setRunName("named").setStartTime(1_700_000_000_000L).build());
    String id = info.getRunId();
    client.logParam(id, "alpha", "0.5");
    client.logMetric(id, "loss", 0.25, 1_700_000_000_500L, 3);
    client.logMetric(id, "nan", Double.NaN);
    client.setTag(id, "kept", "x");
    client.setTag(id, "gone", "x");
    client.deleteTag(id, "gone");
    client.setTerminated(id, RunStatus.FAILED, 1_700_000_001_000L);
    Run run = client.getRun(id);
    equal(run.getInfo().getRunName(), "named");
    equal(run.getInfo().getStatus(), RunStatus.FAILED);
    equal(run.getInfo().getStartTime(), 1_700_000_000_000L);
    equal(run.getInfo().getEndTime(), 1_700_000_001_000L);
    equal(run.getData().getParams(0).getValue(), "0.5");
    equal(run.getData().getMetricsList().stream().anyMatch(metric -> Double.isNaN(metric.getValue())), true);
    List<String> tags = run.getData().getTagsList().stream().map(RunTag::getKey).collect(Collectors.toList());
    equal(tags.contains("kept") && !tags.contains("gone"), true);
    client.deleteRun(id);
    equal(client.getRun(id).getInfo().getLifecycleStage(), "deleted");
    equal(client.searchRuns(List.of(experiment), "").size(), 0);
    equal(client.searchRuns(List.of(experiment), "", ViewType.DELETED_ONLY).size(), 1);
    client.restoreRun(id);
    equal(client.searchRuns(List.of(experiment), "").size(), 1);
    refused("INVALID_PARAMETER_VALUE", () -> client.logParam(id, "alpha", "0.6"));
    refused("RESOURCE_DOES_NOT_EXIST", () -> client.getRun("0".repeat(32)));
  }

  private void batches() {
    String id = client.createRun(client.createExperiment("java batches " + mark)).getRunId();
    List<Metric> metrics = IntStream.range(0, 500)
        .mapToObj(step -> Metric.newBuilder().setKey("loss").setValue(step / 8.0).setTimestamp(1000 + step).setStep(step).build())
        .collect(Collectors.toList());
    client.logBatch(id, metrics, List.of(Param.newBuilder().setKey("p").setValue("1").build()),
        List.of(RunTag.newBuilder().setKey("t").setValue("2").build()));
    List<Metric> history = client.getMetricHistory(id, "loss");
    equal(history.size(), 500);
    for (int step = 0; step < 500; step++) {
      equal(history.get(step).getStep(), (long) step);
      equal(history.get(step).getValue(), step / 8.0);
    }
    equal(client.getRun(id).getData().getMetrics(0).getValue(), 499 / 8.0);
    equal(client.getMetricHistory(id, "unknown").size(), 0);
  }

  private void search() {
    String experiment = client.createExperiment("java search " + mark);
    for (int index = 0; index < 7; index++) {
      String id = client.createRun(experiment).getRunId();
      client.logMetric(id, "score", index);
      client.logParam(id, "kind", index % 2 == 0 ? "even" : "odd");
    }
    List<String> ids = List.of(experiment);
    equal(client.searchRuns(ids, "metrics.score > 2 and params.kind = 'odd'").size(), 2);
    // The last page is exactly full: a token after it would make the client ask for a page that is not there.
    Page<Run> page = client.searchRuns(ids, "metrics.score < 6", ViewType.ACTIVE_ONLY, 3, List.of("metrics.score DESC"));
    StringBuilder scores = new StringBuilder();
    int pages = 0;
    while (true) {
      pages++;
      page.getItems().forEach(run -> scores.append((int) run.getData().getMetricsList().get(0).getValue()));
      if (!page.hasNextPage()) break;
      page = page.getNextPage();
    }
    equal(scores.toString(), "543210");
    equal(pages, 2);
    refused("INVALID_PARAMETER_VALUE", () -> client.searchRuns(ids, "metrics.score > 'a'"));
  }

  private void artifacts() throws Exception {
    String id = client.createRun(client.createExperiment("java artifacts " + mark)).getRunId();
    Path folder = Files.createTempDirectory("java-artifacts");
    Files.writeString(folder.resolve("a.txt"), "hello from Java");
    Files.createDirectory(folder.resolve("sub"));
    Files.writeString(folder.resolve("sub/b.txt"), "below");
    client.logArtifacts(id, folder.toFile(), "folder");
    List<String> listed = client.listArtifacts(id, "folder").stream().map(FileInfo::getPath).collect(Collectors.toList());
    equal(listed, List.of("folder/a.txt", "folder/sub"));
    File local = client.downloadArtifacts(id, "folder");
    equal(Files.readString(local.toPath().resolve("a.txt")), "hello from Java");
    equal(Files.readString(local.toPath().resolve("sub/b.txt")), "below");
  }

  private void registry() throws Exception {
    String name = "java-model-" + mark;
    client.sendPost("registered-models/create", "{\"name\": \"" + name + "\"}");
    for (int version = 1; version <= 3; version++) {
      client.sendPost("model-versions/create", "{\"name\": \"" + name + "\", \"source\": \"s3://bucket/" + version + "\"}");
    }
    client.sendPost("model-versions/transition-stage", "{\"name\": \"" + name
        + "\", \"version\": \"2\", \"stage\": \"Staging\", \"archive_existing_versions\": false}");
    client.sendPatch("model-versions/update", "{\"name\": \"" + name + "\", \"version\": \"1\", \"description\": \"first\"}");
    equal(client.getRegisteredModel(name).getName(), name);
    equal(client.getModelVersion(name, "1").getDescription(), "first");
    equal(client.getModelVersionDownloadUri(name, "3"), "s3://bucket/3");
    equal(client.getLatestVersions(name, List.of("Staging")).get(0).getVersion(), "2");
    equal(client.getLatestVersions(name).size(), 2);
    Page<ModelVersion> page = client.searchModelVersions("name = '" + name + "'", 2, List.of("version_number ASC"));
    StringBuilder versions = new StringBuilder();
    page.getItems().forEach(version -> versions.append(version.getVersion()));
    equal(page.hasNextPage(), true);
    page = page.getNextPage();
    page.getItems().forEach(version -> versions.append(version.getVersion()));
    equal(versions.toString(), "123");
    equal(page.hasNextPage(), false);
    refused("RESOURCE_DOES_NOT_EXIST", () -> client.getModelVersion(name, "9"));
  }

  private static void equal(Object actual, Object expected) {
    if (!expected.equals(actual)) throw new AssertionError(actual + " is not " + expected);
  }

  private static void refused(String code, Flow flow) {
    try {
      flow.run();
    } catch (MlflowClientException error) {
      if (!String.valueOf(error.getMessage()).contains(code)) throw error;
      return;
    } catch (Exception error) {
      throw new AssertionError(error);
    }
    throw new AssertionError("nothing was refused with " + code);
  }

  private static void report(String title, Flow flow) {
    long started = System.nanoTime();
    String detail = "";
    try {
      flow.run();
    } catch (Throwable error) {
      java.io.StringWriter trace = new java.io.StringWriter();
      error.printStackTrace(new java.io.PrintWriter(trace));
      detail = trace.toString();
    }
    System.out.printf("{\"flow\": \"%s\", \"outcome\": \"%s\", \"seconds\": %d, \"detail\": \"%s\"}%n", title,
        detail.isEmpty() ? "passed" : "failed", (System.nanoTime() - started) / 1_000_000_000L, escape(detail));
  }

  private static String escape(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", " ").replace("\r", "").replace("\n", "\\n");
  }
}
