package berth;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.huaweicloud.sdk.core.auth.AbstractCredentials;
import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.core.region.Region;
import com.huaweicloud.sdk.core.SdkResponse;
import com.huaweicloud.sdk.core.utils.JsonUtils;
import com.huaweicloud.sdk.workspaceapp.v1.WorkspaceAppClient;
import com.huaweicloud.sdk.workspaceapp.v1.model.BatchUpdateTsviRequest;
import com.huaweicloud.sdk.workspaceapp.v1.model.ListServersRequest;
import com.huaweicloud.sdk.workspaceapp.v1.model.ShowJobDetailRequest;
import com.huaweicloud.sdk.workspaceapp.v1.model.UpdateTsviReq;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Plays steps with the official Java SDK: one JSON line per step on stdin, one per answer on stdout. */
public final class Client {
    private interface Operation {
        SdkResponse run(WorkspaceAppClient client, String given);
    }

    private static final Map<String, Operation> OPERATIONS = Map.of(
        "ListServers", (client, given) -> client.listServers(JsonUtils.toObject(given, ListServersRequest.class)),
        "BatchUpdateTsvi", (client, given) -> client.batchUpdateTsvi(
            new BatchUpdateTsviRequest().withBody(JsonUtils.toObject(given, UpdateTsviReq.class))),
        "ShowJobDetail", (client, given) -> client.showJobDetail(JsonUtils.toObject(given, ShowJobDetailRequest.class)));

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static WorkspaceAppClient openClient(Map<String, String> environment) {
        String endpoint = environment.get("BERTH_ENDPOINT");
        BasicCredentials credentials = new BasicCredentials()
            .withAk(environment.get("BERTH_ACCESS_KEY"))
            .withSk(environment.get("BERTH_SECRET_KEY"))
            .withIamEndpoint(endpoint);
        String project = environment.getOrDefault("BERTH_PROJECT_ID", "");
        if (!project.isEmpty()) credentials.withProjectId(project);
        String service = environment.getOrDefault("BERTH_DERIVED_SERVICE", "");
        if (!service.isEmpty()) credentials.withDerivedPredicate(AbstractCredentials.DEFAULT_DERIVED_PREDICATE);
        return WorkspaceAppClient.newBuilder()
            .withDerivedAuthServiceName(service)
            .withCredential(credentials)
            .withRegion(new Region(environment.get("BERTH_REGION"), endpoint))
            .build();
    }

    private static Map<String, Object> play(WorkspaceAppClient client, String line) throws Exception {
        JsonNode step = MAPPER.readTree(line);
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            SdkResponse response = OPERATIONS.get(step.get("do").asText()).run(client, step.get("with").toString());
            answer.put("ok", true);
            answer.put("status", response.getHttpStatusCode());
            answer.put("result", MAPPER.readTree(JsonUtils.toJSON(response)));
        } catch (ServiceResponseException refused) {
            answer.put("ok", false);
            answer.put("status", refused.getHttpStatusCode());
            answer.put("code", refused.getErrorCode());
            answer.put("message", refused.getErrorMsg());
            answer.put("requestId", refused.getRequestId());
        }
        return answer;
    }

    public static void main(String[] arguments) throws Exception {
        WorkspaceAppClient client = openClient(System.getenv());
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            out.println(MAPPER.writeValueAsString(play(client, line)));
        }
        // the SDK keeps threads that wait for further calls
        System.exit(0);
    }
}
