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
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Plays steps with the official Java SDK: one JSON line per step on stdin, one per answer on stdout. */
public final class Client {
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

    /** Runs the SDK's method of that name with its own request object, filled by names on the wire. */
    private static SdkResponse call(WorkspaceAppClient client, String operation, String given) throws Exception {
        Class<?> type = Class.forName("com.huaweicloud.sdk.workspaceapp.v1.model." + operation + "Request");
        String name = Character.toLowerCase(operation.charAt(0)) + operation.substring(1);
        try {
            Object request = JsonUtils.toObject(given, type);
            return (SdkResponse) client.getClass().getMethod(name, type).invoke(client, request);
        } catch (InvocationTargetException failed) {
            if (failed.getCause() instanceof ServiceResponseException) throw (ServiceResponseException) failed.getCause();
            throw failed;
        }
    }

    private static Map<String, Object> play(WorkspaceAppClient client, String line) throws Exception {
        JsonNode step = MAPPER.readTree(line);
        Map<String, Object> answer = new LinkedHashMap<>();
        try {
            SdkResponse response = call(client, step.get("do").asText(), step.get("with").toString());
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
