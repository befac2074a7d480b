"""The staff pages. Thin: read a request, call a selector or a service, show the answer."""
