"""What was judged is what is done: moto looks for the operation and its parameters in more places than AWS does.

A name in the query string, or text in a JSON body that looks like a form (a secret ``a=b&Name=c``), goes there before
what the protocol says, by which the request was read and allowed.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import BaseResponse

from sandbox.aws.model.wording import Refusal, RefusedError
from sandbox.aws.patch import replaces

OPERATION = "sandbox.operation"
"""Where a request's environment has the operation that was judged."""

_TARGET = "X-Amz-Target"


@replaces(BaseResponse)
def setup_class(self: BaseResponse, request: Any, *args: Any, **params: Any) -> None:
    setup_class.moto(self, request, *args, **params)
    if _TARGET in request.headers:
        self.querystring = self.data = {}


@replaces(BaseResponse)
def _get_action(self: BaseResponse) -> str:
    target = self.headers.get(_TARGET)
    action = target.rpartition(".")[2] if target else _get_action.moto(self)
    judged = self.normalized_request.environ.get(OPERATION)
    if judged and action != judged:
        raise RefusedError(Refusal("InvalidAction", f"The request names two operations: {judged} and {action}."))
    return action


@replaces(BaseResponse)
def _get_param(self: BaseResponse, param_name: str, if_none: Any = None) -> Any:
    """What the path says goes before the query string. Where moto reads a request by its model, it does that itself."""
    if param_name in self.uri_match and not self.automated_parameter_parsing:
        return self.uri_match[param_name]
    return _get_param.moto(self, param_name, if_none)
