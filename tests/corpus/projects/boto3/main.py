"""Makes clients and resources of several services, signs requests, and answers one itself."""

import boto3
from botocore.exceptions import ClientError, ParamValidationError
from botocore.stub import Stubber


def main():
    session = boto3.Session("AKID", "SECRET", region_name="eu-central-1")
    services = session.get_available_services()
    print(len(services) > 300, session.get_available_regions("sqs")[:2])
    for name in ("s3", "sqs", "ec2", "dynamodb", "lambda"):
        client = session.client(name)
        print(name, client.meta.endpoint_url, len(client.meta.service_model.operation_names) > 20)
    storage = session.client("s3")
    url = storage.generate_presigned_url("get_object", {"Bucket": "b", "Key": "ä"}, ExpiresIn=60)
    print(url.partition("?")[0], "X-Amz-Signature" in url or "Signature" in url)
    print(storage.can_paginate("list_objects_v2"), storage.waiter_names[:1])
    with Stubber(storage) as stubber:
        stubber.add_response("list_buckets", {"Buckets": [{"Name": "mine"}]})
        stubber.add_client_error("head_bucket", "404")
        print([each["Name"] for each in storage.list_buckets()["Buckets"]])
        try:
            storage.head_bucket(Bucket="other")
        except ClientError as error:
            print(error)
    try:
        session.client("sqs").send_message(QueueUrl="q")
    except ParamValidationError as error:
        print(str(error).splitlines()[-1])
    print(session.resource("s3").Bucket("b").Object("k"))
