"""The networks, with the parameter names the serving functions read."""
