"""Plays steps with the official Python SDK: one JSON line per step on stdin, one per answer on stdout."""
import json
import os
import re
import sys

from huaweicloudsdkcore.auth.credentials import BasicCredentials, Credentials
from huaweicloudsdkcore.exceptions.exceptions import ServiceResponseException
from huaweicloudsdkcore.region.region import Region
import huaweicloudsdkworkspaceapp.v1 as sdk


def open_client():
    environment = os.environ
    endpoint = environment["BERTH_ENDPOINT"]
    credentials = BasicCredentials(environment["BERTH_ACCESS_KEY"], environment["BERTH_SECRET_KEY"])
    credentials = credentials.with_iam_endpoint(endpoint)
    if environment.get("BERTH_PROJECT_ID"):
        credentials = credentials.with_project_id(environment["BERTH_PROJECT_ID"])
    builder = sdk.WorkspaceAppClient.new_builder()
    if environment.get("BERTH_DERIVED_SERVICE"):
        credentials = credentials.with_derived_predicate(Credentials.get_default_derived_predicate())
        # generated clients call it for the services that ask for derived keys; there is no public name for it
        builder = builder._with_derived_auth_service_name(environment["BERTH_DERIVED_SERVICE"])
    region = Region(environment["BERTH_REGION"], endpoint)
    return builder.with_credentials(credentials).with_region(region).build()


def model_of(name, given):
    """The SDK's own object of that type, from its JSON form; what is no model of the SDK stays as it is."""
    if given is None or not isinstance(name, str):
        return given
    listed = re.fullmatch(r"list\[(.+)\]", name)
    if listed:
        return [model_of(listed[1], item) for item in given]
    model = getattr(sdk, name, None)
    if model is None or not isinstance(given, dict):
        return given
    attributes = {wire: attribute for attribute, wire in model.attribute_map.items()}
    unknown = set(given) - set(attributes)
    if unknown:
        raise ValueError(f"{name} has no {', '.join(sorted(unknown))}")
    return model(**{attributes[wire]: model_of(model.openapi_types[attributes[wire]], value) for wire, value in given.items()})


def call(client, operation, given):
    method = getattr(client, re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower())
    return method(model_of(f"{operation}Request", given))


def play(client, step):
    try:
        response = call(client, step["do"], step["with"])
        return {"ok": True, "status": response.status_code, "result": response.to_json_object() or {}}
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
