"""Starts MiniStack, an emulator of AWS, with what it lacks for this deployment put right from outside.

It must do all that the deployment is rehearsed for: what it leaves out is listed here and nowhere else.
"""

import json
import logging

from ministack.app import main
from ministack.core import iam_actions, iam_evaluator
from ministack.services import apigateway, dynamodb
from ministack.services.cloudformation import provisioners

logger = logging.getLogger("rehearsal")

# Types of resources that only watch, and that MiniStack does not know: they are recorded, and nothing is made.
UNKNOWN_TYPES = ("AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition", "AWS::XRay::Group")


def placeholder(logical_id, props, stack_name):
    logger.warning("%s is not emulated: nothing is made of it", logical_id)
    return f"{stack_name}-{logical_id}", {"Arn": f"arn:aws:placeholder:::{stack_name}-{logical_id}"}


for name in UNKNOWN_TYPES:
    provisioners._RESOURCE_HANDLERS.setdefault(name, {"create": placeholder, "delete": lambda *_: None})

# Alarms on an expression over several metrics are refused; the others are made.
alarm_record = provisioners._cw_metric_alarm_record


def tolerant_alarm_record(name, props):
    first = {"MetricName": "expression", "Namespace": "rehearsal"} if props.get("Metrics") else {}
    return alarm_record(name, {**props, **first, "Metrics": None})


provisioners._cw_metric_alarm_record = tolerant_alarm_record

# ssm:GetParameters was asked of the resource `*`; AWS asks it of each parameter.
resource_arn_of = iam_actions.extract_resource_arn
enforce_one = iam_evaluator.enforce
SEVERAL = " "


def resource_arns_of(service, method, path, headers, body, query_params, region, account_id):
    one = resource_arn_of(service, method, path, headers, body, query_params, region, account_id)
    names = json.loads(body or b"{}").get("Names") if service == "ssm" else None
    return SEVERAL.join(f"arn:aws:ssm:{region}:{account_id}:parameter{name}" for name in names) if names else one


def enforce_each(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
    answers = (
        enforce_one(access_key_id, iam_action, service, region, resource_arn=arn, service_context=service_context)
        for arn in (resource_arn.split(SEVERAL) if service == "ssm" else [resource_arn])
    )
    return next((answer for answer in answers if answer), None)


iam_actions.extract_resource_arn = resource_arns_of
iam_evaluator.enforce = enforce_each

# The condition key dynamodb:LeadingKeys, for the commands on one item: which kind of items a function may touch.
context_of = iam_actions.dynamodb_service_context


def context_with_leading_keys(body):
    command = json.loads(body or b"{}")
    table = dynamodb._tables.get(command.get("TableName")) or {"KeySchema": []}
    item = command.get("Key") or command.get("Item") or {}
    hashes = [key["AttributeName"] for key in table["KeySchema"] if key["KeyType"] == "HASH"]
    leading = [value for name in hashes for value in item.get(name, {}).values()]
    return {**context_of(body), **({"dynamodb:LeadingKeys": leading} if leading else {})}


iam_actions.dynamodb_service_context = context_with_leading_keys

# CORS settings of a template begin with capitals, and were not found where they are looked up. API Gateway tells the
# names of headers in small letters.
def cors_settings(settings):
    settings = {key[:1].lower() + key[1:]: value for key, value in (settings or {}).items()}
    return {**settings, "allowHeaders": [name.lower() for name in settings.get("allowHeaders", [])]}


for name in ("_cors_response_headers", "_cors_preflight_response"):
    answer = getattr(apigateway, name)
    setattr(apigateway, name, lambda settings, origin, answer=answer: answer(cors_settings(settings), origin))

if __name__ == "__main__":
    main()
