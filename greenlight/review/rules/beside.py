"""What stands beside a service: data, names, certificates, queues, and what other providers make. Pure.

Of these only the coarse is said: whether data or an entry is lost.
"""

from greenlight.review.rules.row import SAFE, Judge, Kind, blocked, each, safe, traffic


def _data(what: str, *, quiet: str = "", at_once: str = "") -> Kind:
    """What holds data. `quiet` arguments change nothing for who uses it; `at_once` ones may."""
    return Kind(
        what=what,
        replaced=blocked(
            f"The data of {what} are lost: the old one is deleted, the new one is empty.",
            "Take the change back, or make a new one beside it and move the data.",
        ),
        deleted=blocked(f"The data of {what} are lost.", "Move or export the data first."),
        arguments={
            **each(quiet, SAFE),
            **each(at_once, traffic(f"{what.capitalize()} may be restarted, or refuse what it took before.")),
        },
    )


def _through(what: str, says: str, *, quiet: str = "", at_once: str = "", created: Judge = SAFE) -> Kind:
    """What requests or events pass."""
    return Kind(
        what=what,
        replaced=traffic(f"{says} until it is there again."),
        deleted=traffic(f"{says} from now on."),
        created=created,
        arguments={**each(quiet, SAFE), **each(at_once, traffic(f"{says}, or otherwise than before, at once."))},
    )


_NONE = Kind(what="the resource", replaced=SAFE, deleted=SAFE, arguments={})
_MADE_HERE = Kind(
    what="the value",
    replaced=safe("Another value is made; what uses it is listed with its own change."),
    deleted=safe("The value is forgotten; what used it is listed with its own change."),
)

KINDS: dict[str, Kind] = {
    "aws_s3_bucket": Kind(
        what="the bucket",
        replaced=blocked(
            "All objects in it are lost; if it holds Terraform's state, the state is.", "Copy them first."
        ),
        deleted=blocked("All objects in it are lost; if it holds Terraform's state, the state is.", "Copy them first."),
        arguments={
            "force_destroy": traffic(
                "Nothing happens now; from now on a destroy deletes the bucket with all that is in it."
            ),
            **each("policy acl grant cors_rule website", traffic("Others may read it, or no longer, at once.")),
            **each("lifecycle_rule", traffic("Objects are deleted or moved at other times.")),
            **each("versioning logging server_side_encryption_configuration request_payer acceleration_status", SAFE),
        },
    ),
    "aws_s3_bucket_policy": _through("the bucket's policy", "Who it let in is refused", at_once="policy"),
    "aws_s3_bucket_public_access_block": _through(
        "the block of public access",
        "Objects may be public",
        at_once="block_public_acls block_public_policy ignore_public_acls restrict_public_buckets",
    ),
    "aws_s3_bucket_versioning": _through(
        "the bucket's versioning", "Objects that are overwritten are lost", at_once="versioning_configuration"
    ),
    "aws_s3_bucket_server_side_encryption_configuration": Kind(
        what="the bucket's encryption", replaced=SAFE, deleted=SAFE, arguments={"rule": SAFE}
    ),
    "aws_s3_bucket_lifecycle_configuration": Kind(
        what="the bucket's lifecycle",
        replaced=SAFE,
        deleted=safe("Objects are kept for longer."),
        arguments={"rule": traffic("Objects are deleted or moved at other times.")},
    ),
    "aws_db_instance": _data(
        "the database",
        quiet="backup_window maintenance_window monitoring_interval performance_insights_enabled copy_tags_to_snapshot "
        "auto_minor_version_upgrade max_allocated_storage skip_final_snapshot final_snapshot_identifier",
        at_once="instance_class engine_version allocated_storage apply_immediately parameter_group_name password "
        "vpc_security_group_ids multi_az publicly_accessible backup_retention_period deletion_protection port",
    ),
    "aws_rds_cluster": _data(
        "the database cluster",
        quiet="preferred_backup_window preferred_maintenance_window copy_tags_to_snapshot",
        at_once="engine_version master_password vpc_security_group_ids deletion_protection backup_retention_period "
        "serverlessv2_scaling_configuration db_cluster_parameter_group_name apply_immediately",
    ),
    "aws_rds_cluster_instance": _through(
        "the database's instance", "Connections to it are cut", at_once="instance_class engine_version promotion_tier"
    ),
    "aws_dynamodb_table": _data(
        "the table",
        quiet="point_in_time_recovery server_side_encryption stream_enabled",
        at_once="billing_mode read_capacity write_capacity ttl global_secondary_index deletion_protection_enabled",
    ),
    "aws_elasticache_replication_group": _data(
        "the cache", at_once="node_type engine_version num_cache_clusters security_group_ids auth_token"
    ),
    "aws_elasticache_cluster": _data(
        "the cache", at_once="node_type engine_version num_cache_nodes security_group_ids"
    ),
    "aws_efs_file_system": _data("the file system", quiet="lifecycle_policy", at_once="throughput_mode"),
    "aws_efs_mount_target": _through("the mount target", "Tasks of its zone cannot mount", at_once="security_groups"),
    "aws_secretsmanager_secret": _data("the secret", quiet="description recovery_window_in_days", at_once="policy"),
    "aws_secretsmanager_secret_version": _through(
        "the secret's value", "Tasks that start read another value, or none", at_once="secret_string secret_binary"
    ),
    "aws_kms_key": _data(
        "what the key encrypts",
        quiet="description enable_key_rotation deletion_window_in_days",
        at_once="policy is_enabled",
    ),
    "aws_kms_alias": _through("the key's alias", "Who names the key by it is refused", at_once="target_key_id"),
    "aws_sqs_queue": _data(
        "the queue",
        at_once="policy visibility_timeout_seconds message_retention_seconds redrive_policy delay_seconds "
        "max_message_size receive_wait_time_seconds",
    ),
    "aws_route53_zone": _through("the zone", "No name in it resolves", quiet="comment force_destroy"),
    "aws_route53_record": _through(
        "the record", "Clients do not find the name", at_once="records alias ttl weighted_routing_policy set_identifier"
    ),
    "aws_acm_certificate": _through("the certificate", "Clients of its names are refused"),
    "aws_acm_certificate_validation": _NONE,
    "aws_wafv2_web_acl": _through(
        "the firewall", "Requests pass that were stopped", at_once="rule default_action", quiet="description"
    ),
    "aws_wafv2_web_acl_association": _through(
        "the firewall's association",
        "Requests pass that were stopped",
        created=traffic("Requests are stopped by the firewall's rules at once.", "Let the rules count only, first."),
    ),
    "aws_cloudfront_distribution": _through(
        "the distribution",
        "Clients of its names fail",
        at_once="origin default_cache_behavior ordered_cache_behavior aliases viewer_certificate enabled restrictions "
        "web_acl_id custom_error_response",
        quiet="comment price_class logging_config",
    ),
    "aws_globalaccelerator_accelerator": _through(
        "the accelerator", "Clients of its addresses fail", at_once="enabled"
    ),
    "aws_service_discovery_private_dns_namespace": _through("the namespace", "No name in it resolves"),
    "aws_service_discovery_service": _through(
        "the discovered service", "Its name does not resolve", at_once="dns_config"
    ),
    "aws_lambda_event_source_mapping": _through(
        "the event source", "Messages wait", at_once="enabled batch_size maximum_batching_window_in_seconds"
    ),
    "aws_iam_instance_profile": _through("the instance profile", "Instances lose their credentials", at_once="role"),
    "aws_key_pair": _NONE,
    **dict.fromkeys(
        ("random_id", "random_string", "random_pet", "random_password", "random_uuid", "random_integer"), _MADE_HERE
    ),
    **dict.fromkeys(("tls_private_key", "tls_self_signed_cert", "time_static", "terraform_data"), _MADE_HERE),
}
