"""Starts MiniStack, an emulator of AWS, and corrects what it lacks for this deployment.

This file lists every difference from AWS that the rehearsal knows of.
"""

import json
import logging

from ministack.app import main
from ministack.core import iam_actions, iam_evaluator
from ministack.services import apigateway, cloudwatch_logs, dynamodb
from ministack.services.cloudformation import provisioners

logger = logging.getLogger("rehearsal")

# Types of resources that MiniStack does not support. They are logged and not created.
UNKNOWN_TYPES = (
    "AWS::Backup::BackupSelection",
    "AWS::CloudWatch::CompositeAlarm",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::Logs::QueryDefinition",
    "AWS::XRay::Group",
)


def placeholder(logical_id, props, stack_name):
    logger.warning("%s is not emulated and not created", logical_id)
    return f"{stack_name}-{logical_id}", {"Arn": f"arn:aws:placeholder:::{stack_name}-{logical_id}"}


for name in UNKNOWN_TYPES:
    provisioners._RESOURCE_HANDLERS.setdefault(name, {"create": placeholder, "delete": lambda *_: None})

# MiniStack replaces a log group that exists. CloudFormation fails, and rolls the stack back.
log_groups = provisioners._RESOURCE_HANDLERS["AWS::Logs::LogGroup"]
create_log_group = log_groups["create"]


def create_new_log_group(logical_id, props, stack_name):
    if props["LogGroupName"] in cloudwatch_logs._log_groups:
        raise ValueError(f"Resource of type 'AWS::Logs::LogGroup' with identifier '{props['LogGroupName']}' already exists.")
    return create_log_group(logical_id, props, stack_name)


log_groups["create"] = create_new_log_group

# MiniStack takes a bucket that a change set imports for one that it would create, and rejects the name. One that would
# really be created still fails, as on AWS.
provisioners.s3_bucket_name_conflict = lambda name: None

# MiniStack rejects alarms on an expression over several metrics, so those get a placeholder metric.
alarm_record = provisioners._cw_metric_alarm_record


def tolerant_alarm_record(name, props):
    first = {"MetricName": "expression", "Namespace": "rehearsal"} if props.get("Metrics") else {}
    return alarm_record(name, {**props, **first, "Metrics": None})


provisioners._cw_metric_alarm_record = tolerant_alarm_record

# MiniStack checks ssm:GetParameters for the resource `*`. AWS checks it for each parameter.
resource_arn_of = iam_actions.extract_resource_arn
enforce_one = iam_evaluator.enforce
SEVERAL = " "


def resource_arns_of(service, method, path, headers, body, query_params, region, account_id):
    one = resource_arn_of(service, method, path, headers, body, query_params, region, account_id)
    names = json.loads(body or b"{}").get("Names") if service == "ssm" else None
    return SEVERAL.join(f"arn:aws:ssm:{region}:{account_id}:parameter{name}" for name in names) if names else one


def enforce_each(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    context = dict(service_context or {})
    by_table = context.pop(LEADING_KEYS_BY_TABLE, {})
    denials = (
        enforce_one(
            access_key_id,
            iam_action,
            service,
            region,
            resource_arn=arn,
            service_context={**context, **by_table.get(arn.split("/")[-1], {})},
        )
        for arn in (resource_arn.split(SEVERAL) if service == "ssm" else [resource_arn])
    )
    return next((denial for denial in denials if denial), None)


iam_actions.extract_resource_arn = resource_arns_of
iam_evaluator.enforce = enforce_each

# MiniStack lacks the condition key dynamodb:LeadingKeys, which limits a function to its kinds of items. It checks a batch
# for each of its tables, here with the keys of that table. AWS documents neither this nor another way.
context_of = iam_actions.dynamodb_service_context
LEADING_KEYS_BY_TABLE = "leading keys by table"


def leading_keys(name, items):
    table = dynamodb._tables.get(name) or {"KeySchema": []}
    hashes = [key["AttributeName"] for key in table["KeySchema"] if key["KeyType"] == "HASH"]
    leading = [value for item in items for hash in hashes for value in item.get(hash, {}).values()]
    return {"dynamodb:LeadingKeys": leading} if leading else {}


def items_of(requests):
    """What a batch asks of a table: keys to read, or items to write and keys to delete."""
    if isinstance(requests, dict):
        return requests["Keys"]
    return [write.get("Item") or write["Key"] for request in requests for write in request.values()]


def context_with_leading_keys(body):
    command = json.loads(body or b"{}")
    item = command.get("Key") or command.get("Item") or {}
    batch = {name: leading_keys(name, items_of(requests)) for name, requests in command.get("RequestItems", {}).items()}
    return {**context_of(body), **leading_keys(command.get("TableName"), [item]), LEADING_KEYS_BY_TABLE: batch}


iam_actions.dynamodb_service_context = context_with_leading_keys

# The bucket of a deployment rejects requests without TLS, and the emulator has no TLS.
condition_key = iam_evaluator._resolve_condition_key


def secure_condition_key(key, context):
    return "true" if key.lower() == "aws:securetransport" else condition_key(key, context)


iam_evaluator._resolve_condition_key = secure_condition_key

# MiniStack does not find the CORS settings of a template, whose names start with capitals. API Gateway returns the
# names of headers in lower case.
def cors_settings(settings):
    settings = {key[:1].lower() + key[1:]: value for key, value in (settings or {}).items()}
    return {**settings, "allowHeaders": [name.lower() for name in settings.get("allowHeaders", [])]}


for name in ("_cors_response_headers", "_cors_preflight_response"):
    original = getattr(apigateway, name)
    setattr(apigateway, name, lambda settings, origin, call=original: call(cors_settings(settings), origin))

# MiniStack does not apply the response parameters of HTTP integrations, which `npm run probe` needs.
invoke_http_proxy = apigateway._invoke_http_proxy


async def mapped_http_proxy(integration, *request):
    status, headers, body = await invoke_http_proxy(integration, *request)
    for target, value in (integration.get("responseParameters") or {}).get(str(status), {}).items():
        if target == "overwrite:statuscode":
            status = int(value)
        elif target.startswith("overwrite:header."):
            headers = {**headers, target.removeprefix("overwrite:header."): value}
    return status, headers, body


apigateway._invoke_http_proxy = mapped_http_proxy

if __name__ == "__main__":
    main()
