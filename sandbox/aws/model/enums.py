"""The enums whose values are all that AWS takes. Others are left alone: botocore's lists lag behind AWS's."""

from __future__ import annotations

CLOSED: dict[tuple[str, str], str] = {
    ("apigatewayv2", "ConnectionType"): "a connection goes through a VPC link or it does not",
    ("elbv2", "LoadBalancerSchemeEnum"): "an address is public or private",
    ("iam", "statusType"): "switched on or off, or expired",
    ("lambda", "InvocationType"): "asked for by a header that has had the same three values since 2015",
    ("lambda", "LogType"): "the log's tail or nothing",
    ("lambda", "PackageType"): "a zip or an image",
    ("s3", "BucketVersioningStatus"): "switched on or off",
    ("s3", "ExpirationStatus"): "a rule is switched on or off",
    ("s3", "MFADelete"): "switched on or off",
    ("s3", "ObjectOwnership"): "the page of PutBucketOwnershipControls lists the three",
    ("ssm", "ParameterTier"): "the page of PutParameter lists the three",
    ("ssm", "ParameterType"): "the page of PutParameter lists the three",
}
"""(service, shape) -> why the model's list can be relied on. ECS's enums are not here: how it words
them is not known. Nor are CodeDeploy's, which has errors of its own for them (`sandbox.aws.codedeploy.checks`)."""
