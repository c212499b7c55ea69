"""What the shop's `orders` needs from outside itself: secrets, under a key of the team's, a bucket and a data store."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.e2e.harness import Environment

BUCKET = "shop-orders-objects"
PARAMETER = "/team/orders/token"
PORT = 6379


@dataclass(frozen=True, kw_only=True)
class Needs:
    """ARNs of secrets and their key; ids of the data store's security group and of a partner's addresses."""

    key: str
    token: str
    database: str
    store: str
    partner: str

    @property
    def settings(self) -> str:
        """Lines of the service's."""
        secrets = {
            "TOKEN": self.token,
            "DB_USER": f"{self.database}:user::",
            "DB_PASSWORD": f"{self.database}:password::",
        }
        bucket = f"arn:aws:s3:::{BUCKET}"
        may = [
            {"actions": ["s3:GetObject", "s3:PutObject"], "resources": [f"{bucket}/*"]},
            {
                "actions": ["s3:ListBucket"],
                "resources": [bucket],
                "conditions": {"StringLike": {"s3:prefix": ["receipts/*"]}},
            },
        ]
        lines = {
            "secrets": secrets,
            "secrets_kms_keys": [self.key],
            "task_policy": may,
            "egress": [
                {"security_group": self.store, "port": PORT},
                {"prefix_list": self.partner, "port": "8000-8010"},
                {"cidr": "10.9.0.0/16", "port": 53, "protocol": "udp"},
            ],
        }
        return "".join(f"    {key}: {json.dumps(given)}\n" for key, given in lines.items())


def make(account: Environment, vpc: str) -> Needs:
    key = account.client("kms").create_key(Description="Secrets of orders")["KeyMetadata"]
    ssm, secrets, location = account.client("ssm"), account.client("secretsmanager"), "us-east-1:123456789012"
    ssm.put_parameter(Name=PARAMETER, Type="SecureString", Value="one token", KeyId=key["KeyId"])
    database = secrets.create_secret(
        Name="team/orders/database", SecretString='{"user": "orders", "password": "first"}', KmsKeyId=key["KeyId"]
    )
    account.client("s3").create_bucket(Bucket=BUCKET)
    ec2 = account.client("ec2")
    store = ec2.create_security_group(GroupName="team-store", Description="Data store of orders", VpcId=vpc)
    partner = ec2.create_managed_prefix_list(
        PrefixListName="partner", AddressFamily="IPv4", MaxEntries=1, Entries=[{"Cidr": "203.0.113.0/24"}]
    )
    return Needs(
        key=key["Arn"],
        token=f"arn:aws:ssm:{location}:parameter{PARAMETER}",
        database=database["ARN"],
        store=store["GroupId"],
        partner=partner["PrefixList"]["PrefixListId"],
    )


def remove(account: Environment, needs: Needs) -> None:
    account.client("ssm").delete_parameter(Name=PARAMETER)
    account.client("secretsmanager").delete_secret(SecretId=needs.database, ForceDeleteWithoutRecovery=True)
    account.client("kms").schedule_key_deletion(KeyId=needs.key.rpartition("/")[2], PendingWindowInDays=7)
    account.client("ec2").delete_security_group(GroupId=needs.store)
    account.client("ec2").delete_managed_prefix_list(PrefixListId=needs.partner)
    s3 = account.client("s3")
    for found in s3.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        s3.delete_object(Bucket=BUCKET, Key=found["Key"])
    s3.delete_bucket(Bucket=BUCKET)


class _Pong(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.rfile.readline()
        self.wfile.write(b"PONG\n")


@contextmanager
def data_store() -> Iterator[str]:
    """HOST:PORT of a program that answers, on this machine."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Pong) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def rule(group: str) -> dict[str, Any]:
    """From this group to the data store."""
    return {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": group}]}
