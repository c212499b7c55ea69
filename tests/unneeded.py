"""What an end-to-end run does not need, and why it is kept."""

DRIFT = "puts back what somebody has changed by hand"
NEW_VERSION = "a new version of Greenlight may change it"
UNTAGGED = "a tag that is taken away"
OTHER_BUCKET = "states of accounts, registries and environments may be in buckets of their own"
NOT_DELIVERED = "the sandbox delivers no flow logs"
NOT_KNOWN = "AWS's own policy for functions in a VPC has it; whether Lambda asks for it is not known"
NOT_TRIED = "no code of the hook tries it"
ALARMS = "a deployment group with alarms"
RULES = "a listener with rules of the team's own"

INTERFACES: tuple[str, ...] = ("AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface")
INTERFACES += ("DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses")
MORE_INTERFACES = ("ec2:AssignPrivateIpAddresses", "ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses")

PERMISSIONS: dict[tuple[str, str], str] = {
    **dict.fromkeys(
        [
            ("github-apply", action)
            for action in (*("iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"),)
        ],
        DRIFT,
    ),
    **dict.fromkeys(
        [
            ("github-services", action)
            for action in (
                *("ecs:UpdateCluster", "elasticloadbalancing:ModifyListener"),
                *("elasticloadbalancing:ModifyListenerAttributes", "elasticloadbalancing:SetSecurityGroups"),
            )
        ],
        DRIFT,
    ),
    **dict.fromkeys(
        [
            ("github-network", f"ec2:{action}")
            for action in (*("ModifySecurityGroupRules", "ModifySubnetAttribute", "ReplaceRouteTableAssociation"),)
        ],
        DRIFT,
    ),
    ("github-apply", "lambda:UpdateFunctionCode"): NEW_VERSION,
    **dict.fromkeys(
        [
            ("github-apply", "cloudwatch:UntagResource"),
            ("github-apply", "sns:UntagResource"),
            ("github-registries", "ecr:UntagResource"),
            ("github-services", "application-autoscaling:UntagResource"),
        ],
        UNTAGGED,
    ),
    ("github-registries", "ecr:PutImageScanningConfiguration"): DRIFT,
    ("github-registries", "ecr:PutImageTagMutability"): DRIFT,
    ("github-read", "s3:ListBucket"): OTHER_BUCKET,
    ("github-registries-read", "s3:ListBucket"): OTHER_BUCKET,
    ("github-plan", "s3:ListBucket"): OTHER_BUCKET,
    **dict.fromkeys([("github-boundary", action) for action in MORE_INTERFACES], NOT_KNOWN),
    ("github-boundary", "elasticloadbalancing:ModifyRule"): RULES,
    ("github-boundary", "logs:DescribeLogGroups"): NOT_DELIVERED,
    ("github-boundary", "logs:DescribeLogStreams"): NOT_DELIVERED,
    ("github-release", "lambda:GetFunctionEventInvokeConfig"): "a hook that Lambda has put to sleep",
    ("github-release", "lambda:InvokeFunction"): "a hook that Lambda has put to sleep",
    ("github-release", "logs:GetLogEvents"): "a candidate that crashes",
    ("sandbox-api-codedeploy", "cloudwatch:DescribeAlarms"): ALARMS,
    ("sandbox-api-codedeploy", "elasticloadbalancing:ModifyRule"): RULES,
    **dict.fromkeys([("sandbox-api-hook", action) for action in MORE_INTERFACES], NOT_KNOWN),
    **dict.fromkeys([("sandbox-api-hook", f"denies ec2:{action}") for action in INTERFACES], NOT_TRIED),
    **dict.fromkeys(
        [
            ("sandbox-flow-logs", f"logs:{action}")
            for action in ("CreateLogStream", "DescribeLogGroups", "DescribeLogStreams", "PutLogEvents")
        ],
        NOT_DELIVERED,
    ),
}
"""Role or policy, and action -> reason."""

PIECES: dict[tuple[str, str], str] = {
    ("sandbox", "gateway s3"): "free of charge, and keeps image layers off the NAT gateways"
}
"""Security group, route table or VPC, and rule, route or endpoint -> reason."""
