"""`greenlight list`: the services that can be released here."""

from greenlight import manifest
from greenlight.aws import Aws, Session
from greenlight.commands.command_line import Output, Profile, Region, answer
from greenlight.context import Result
from greenlight.outcome import Exit
from greenlight.output import Format


def command(output: Output = Format.text, region: Region = None, profile: Profile = None) -> None:
    """List the services that this account and region have."""
    answer("list", None, output, lambda: run(Session(region=region, profile=profile)))


def run(aws: Aws) -> Result:
    """Those whose release manifest is in SSM; changes nothing."""
    found = manifest.addresses(aws)
    content = {"target": None, "account": aws.account, "region": aws.region, "services": found}
    none = f"no service in account {aws.account}, region {aws.region}: other ones with --profile, --region"
    return Result(Exit.OK, content, "\n".join(found) or none)
