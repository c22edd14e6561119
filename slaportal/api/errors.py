"""Domain errors as answers: 404 for a stranger, 403 without the right, 409 for a lost race, 422 for wrong rows."""

from django_fsm import TransitionNotAllowed
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from kpis.actions import Refused
from records.vault import Damaged, Disposed
from slaportal.api.rows import PUSHED_AS


class Unprocessable(APIException):
    """The body is JSON, but not what the operation takes; `detail` names each field."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "unprocessable"


class Faster(APIException):
    """What the act was about has changed since it was read."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "faster"


class TooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def handler(error, context):
    """The answer to an error, for REST_FRAMEWORK["EXCEPTION_HANDLER"]; None for one that is a bug of ours."""
    if isinstance(error, Refused):
        point = getattr(context.get("view"), "point", None)
        return Response({"detail": str(error), "errors": refusals(error, point)}, status.HTTP_422_UNPROCESSABLE_ENTITY)
    if isinstance(error, TransitionNotAllowed):
        return Response({"detail": "Somebody was faster; read the object again."}, status.HTTP_409_CONFLICT)
    if isinstance(error, Disposed):
        return Response({"detail": str(error)}, status.HTTP_410_GONE)
    if isinstance(error, Damaged):
        return Response({"detail": str(error)}, status.HTTP_404_NOT_FOUND)
    if isinstance(error, RecursionError):
        # The reader of JSON gives up on ten thousand brackets, and it is not our fault.
        error = ParseError("This JSON is nested too deeply.")
    return exception_handler(error, context)


def refusals(error, point=None):
    """Each wrong row with its column and the reason, as the answer lists them."""
    return [
        {
            "row": each.number,
            "column": PUSHED_AS.get(each.column, each.column),
            "reason": each.reason,
            "value": each.value,
            "pointer": point(each) if point else "",
        }
        for each in error.errors
    ]
