#!/bin/bash
# For the scripts beside: apt with lists and packages of its own, from the mirror that the machine's
# apt already uses. It needs no root, and leaves what is installed here as it is.

fail() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# private_apt KIND ARCHITECTURE [SUITE...]: makes apt's folder $work, gone when the script ends, and
# $private, the options of apt that mean it. KIND: deb or deb-src. SUITE: the release that runs here
# if none is named.
private_apt() {
	local kind=$1 architecture=$2 codename mirror entry keyring suite
	shift 2
	command -v apt-get >/dev/null || fail "no apt here"
	# shellcheck disable=SC1091
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-sid}")
	# shellcheck disable=SC2016  # apt's own placeholders
	read -r mirror entry < <(apt-get indextargets --format '$(REPO_URI) $(SOURCESENTRY)' \
		'Created-By: Packages' 'Component: main' "Codename: $codename") ||
		fail "apt has no $codename among its sources"
	keyring=$(sed -n 's/^Signed-By:[[:space:]]*//p; s/.*[[ ]signed-by=\([^] ]*\).*/\1/p' \
		"${entry%:*}" | head -n 1)
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work"/lists/partial "$work"/cache/archives/partial
	touch "$work/status"
	for suite in "${@:-$codename}"; do
		echo "$kind ${keyring:+[signed-by=$keyring] }$mirror $suite main"
	done >"$work/sources.list"
	# shellcheck disable=SC2034  # the scripts use it
	private=(
		-q
		-o APT::Architecture="$architecture"
		-o APT::Architectures::="$architecture"
		-o APT::Sandbox::User="$(id -un)"
		-o Acquire::Check-Date=false
		-o Acquire::Languages=none
		-o Debug::NoLocking=true
		-o Dir::Cache="$work/cache"
		-o Dir::Etc::SourceList="$work/sources.list"
		-o Dir::Etc::SourceParts=-
		-o Dir::State="$work"
		-o Dir::State::Lists="$work/lists"
		-o Dir::State::status="$work/status"
	)
	apt-get "${private[@]}" update
}
