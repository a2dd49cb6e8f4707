#!/bin/sh
# Runs a program in the root folder of another Debian, with the project at its own path:
#
#   in-root.sh ROOT PROJECT program [arguments]
#
# The mounts belong to a mount namespace of this call and vanish with it. Environment, working folder, standard streams
# and process id are the caller's. Needs root, and CAP_SYS_ADMIN in a container.
set -eu
exec unshare --mount --propagation private sh -euc '
  root=$1
  project=$2
  shift 2
  # Wine finds its own libraries through /proc.
  mount --rbind /proc "$root/proc"
  mount --rbind /dev "$root/dev"
  mkdir -p "$root$project"
  mount --bind "$project" "$root$project"
  exec chroot "$root" env --chdir="$PWD" "$@"' in-root "$@"
