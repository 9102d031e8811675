// Plays steps with the official Go SDK: one JSON line per step on stdin, one per answer on stdout.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/region"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	workspaceapp "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/workspaceapp/v1"
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

// call runs the SDK's method of that name with its own request object, filled by names on the wire.
func call(client *workspaceapp.WorkspaceAppClient, operation string, given json.RawMessage) (int, interface{}, error) {
	method := reflect.ValueOf(client).MethodByName(operation)
	if !method.IsValid() {
		return 0, nil, fmt.Errorf("the SDK has no operation %s", operation)
	}
	request := reflect.New(method.Type().In(0).Elem())
	decoder := json.NewDecoder(bytes.NewReader(given))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(request.Interface()); err != nil {
		return 0, nil, err
	}
	results := method.Call([]reflect.Value{request})
	if err, failed := results[1].Interface().(error); failed {
		return 0, nil, err
	}
	response := results[0]
	return int(response.Elem().FieldByName("HttpStatusCode").Int()), response.Interface(), nil
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
	status, result, err := call(client, next.Do, next.With)
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
