"""A port in front of which something else happens."""


class Meanwhile:
    """A port that does what it is asked, after something else has happened."""

    def __init__(self, port, method, happens):
        self._port, self._method, self._happens = port, method, [happens]

    def __getattr__(self, name):
        real = getattr(self._port, name)
        if name != self._method:
            return real

        def first_something_else(*asked, **named):
            while self._happens:
                self._happens.pop()()
            return real(*asked, **named)

        return first_something_else


class Faulty:
    """A port of which one method raises instead of doing what it is asked."""

    def __init__(self, port, method, fault):
        self._port, self._method, self._fault = port, method, fault

    def __getattr__(self, name):
        if name != self._method:
            return getattr(self._port, name)

        def raises(*_, **__):
            raise self._fault

        return raises
