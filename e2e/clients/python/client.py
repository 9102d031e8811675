"""Plays steps with the official Python SDK: one JSON line per step on stdin, one per answer on stdout."""
import json
import os
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials, Credentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkworkspaceapp.v1 import (
    BatchUpdateTsviRequest,
    ListServersRequest,
    ShowJobDetailRequest,
    UpdateTsvi,
    UpdateTsviReq,
    WorkspaceAppClient,
)


def open_client():
    environment = os.environ
    endpoint = environment["BERTH_ENDPOINT"]
    credentials = BasicCredentials(environment["BERTH_ACCESS_KEY"], environment["BERTH_SECRET_KEY"])
    credentials = credentials.with_iam_endpoint(endpoint)
    if environment.get("BERTH_PROJECT_ID"):
        credentials = credentials.with_project_id(environment["BERTH_PROJECT_ID"])
    builder = WorkspaceAppClient.new_builder()
    if environment.get("BERTH_DERIVED_SERVICE"):
        credentials = credentials.with_derived_predicate(Credentials.get_default_derived_predicate())
        # generated clients call it for the services that ask for derived keys; there is no public name for it
        builder = builder._with_derived_auth_service_name(environment["BERTH_DERIVED_SERVICE"])
    region = Region(environment["BERTH_REGION"], endpoint)
    return builder.with_credentials(credentials).with_region(region).build()


def list_servers(client, given):
    return client.list_servers(ListServersRequest(**given))


def batch_update_tsvi(client, given):
    items = [UpdateTsvi(**item) for item in given["items"]]
    return client.batch_update_tsvi(BatchUpdateTsviRequest(body=UpdateTsviReq(items=items)))


def show_job_detail(client, given):
    return client.show_job_detail(ShowJobDetailRequest(**given))


OPERATIONS = {
    "ListServers": list_servers,
    "BatchUpdateTsvi": batch_update_tsvi,
    "ShowJobDetail": show_job_detail,
}


def play(client, step):
    try:
        response = OPERATIONS[step["do"]](client, step["with"])
        return {"ok": True, "status": response.status_code, "result": response.to_json_object()}
    except ServiceResponseException as error:
        return {
            "ok": False,
            "status": error.status_code,
            "code": error.error_code,
            "message": error.error_msg,
            "requestId": error.request_id,
        }


def main():
    client = open_client()
    for line in sys.stdin:
        print(json.dumps(play(client, json.loads(line))), flush=True)


main()
