"""The lab: a whole backbone of routers, carriers and probe hosts in network namespaces."""
