#!/bin/sh
# Starts nginx with what is known only where it runs: the name server (Docker's and Podman's differ), and
# HITL_FRONT_PROXY: addresses or networks, separated by commas, of a proxy in front whose X-Forwarded-For is believed.
# Without it everybody behind that proxy has one address, and shares one allowance of failed sign-ins.
set -euf
# The first alone: the others do not know the containers, and nginx would ask them in turn.
name_server=$(awk '$1 == "nameserver" { print $2 ~ /:.*:/ ? "[" $2 "]" : $2; exit }' /etc/resolv.conf)
{
    echo "resolver $name_server valid=5s ipv6=off;"
    for network in $(echo "${HITL_FRONT_PROXY:-}" | tr ',' ' '); do
        echo "set_real_ip_from $network;"
    done
    echo "real_ip_header X-Forwarded-For;"
    echo "real_ip_recursive on;"
} >/tmp/nginx-here.conf
exec nginx -g "daemon off;"
