"""The way to the one route that is asked all the time, past those that are not."""

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send


class Shortcut:
    """Middleware: hands a route what is for it alone; all else, such as another method, takes the usual way.

    The usual way, through a router and what catches its exceptions, takes as long as a small network. The route answers
    expected failures itself; unexpected ones are caught further out.

    Parameters
    ----------
    route
        Without parameters in its path.
    """

    def __init__(self, app: ASGIApp, route: Route) -> None:
        self.app, self._endpoint, self._path = app, route.app, route.path
        self._methods = frozenset(route.methods or ()) - {"HEAD"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on to the route, or to the others."""
        is_short = (
            scope["type"] == "http"
            and scope["method"] in self._methods
            and scope["path"] == scope.get("root_path", "") + self._path
        )
        await (self._endpoint if is_short else self.app)(scope, receive, send)
