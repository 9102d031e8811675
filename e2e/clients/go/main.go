// Plays steps with the official Go SDK: one JSON line per step on stdin, one per answer on stdout.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	workspaceapp "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspaceapp/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspaceapp/v1/model"
)

type step struct {
	Do   string          `json:"do"`
	With json.RawMessage `json:"with"`
}

type answer struct {
	Ok        bool        `json:"ok"`
	Status    int         `json:"status"`
	Result    interface{} `json:"result,omitempty"`
	Code      string      `json:"code,omitempty"`
	Message   string      `json:"message,omitempty"`
	RequestID string      `json:"requestId,omitempty"`
}

type operation func(client *workspaceapp.WorkspaceAppClient, given json.RawMessage) (int, interface{}, error)

var operations = map[string]operation{
	"ListServers": func(client *workspaceapp.WorkspaceAppClient, given json.RawMessage) (int, interface{}, error) {
		request := &model.ListServersRequest{}
		if err := json.Unmarshal(given, request); err != nil {
			return 0, nil, err
		}
		response, err := client.ListServers(request)
		if err != nil {
			return 0, nil, err
		}
		return response.HttpStatusCode, response, nil
	},
	"BatchUpdateTsvi": func(client *workspaceapp.WorkspaceAppClient, given json.RawMessage) (int, interface{}, error) {
		body := &model.UpdateTsviReq{}
		if err := json.Unmarshal(given, body); err != nil {
			return 0, nil, err
		}
		response, err := client.BatchUpdateTsvi(&model.BatchUpdateTsviRequest{Body: body})
		if err != nil {
			return 0, nil, err
		}
		return response.HttpStatusCode, response, nil
	},
	"ShowJobDetail": func(client *workspaceapp.WorkspaceAppClient, given json.RawMessage) (int, interface{}, error) {
		request := &model.ShowJobDetailRequest{}
		if err := json.Unmarshal(given, request); err != nil {
			return 0, nil, err
		}
		response, err := client.ShowJobDetail(request)
		if err != nil {
			return 0, nil, err
		}
		return response.HttpStatusCode, response, nil
	},
}

func openClient() (*workspaceapp.WorkspaceAppClient, error) {
	endpoint := os.Getenv("BERTH_ENDPOINT")
	credentials := basic.NewCredentialsBuilder().
		WithAk(os.Getenv("BERTH_ACCESS_KEY")).
		WithSk(os.Getenv("BERTH_SECRET_KEY")).
		WithProjectId(os.Getenv("BERTH_PROJECT_ID")).
		WithIamEndpointOverride(endpoint)
	service := os.Getenv("BERTH_DERIVED_SERVICE")
	if service != "" {
		credentials = credentials.WithDerivedPredicate(auth.GetDefaultDerivedPredicate())
	}
	credential, err := credentials.SafeBuild()
	if err != nil {
		return nil, err
	}
	client, err := workspaceapp.WorkspaceAppClientBuilder().
		WithDerivedAuthServiceName(service).
		WithCredential(credential).
		WithRegion(region.NewRegion(os.Getenv("BERTH_REGION"), endpoint)).
		SafeBuild()
	if err != nil {
		return nil, err
	}
	return workspaceapp.NewWorkspaceAppClient(client), nil
}

func play(client *workspaceapp.WorkspaceAppClient, line []byte) (answer, error) {
	var next step
	if err := json.Unmarshal(line, &next); err != nil {
		return answer{}, err
	}
	run, known := operations[next.Do]
	if !known {
		return answer{}, fmt.Errorf("there is no operation %s", next.Do)
	}
	status, result, err := run(client, next.With)
	if refused, ok := err.(*sdkerr.ServiceResponseError); ok {
		code, message := refused.ErrorCode, refused.ErrorMessage
		return answer{Status: refused.StatusCode, Code: code, Message: message, RequestID: refused.RequestId}, nil
	}
	return answer{Ok: true, Status: status, Result: result}, err
}

func main() {
	if err := playAll(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func playAll() error {
	client, err := openClient()
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		said, err := play(client, lines.Bytes())
		if err != nil {
			return err
		}
		if err := out.Encode(said); err != nil {
			return err
		}
	}
	return lines.Err()
}
