#!/bin/sh
# Has a change made it slower? Builds two commits side by side, measures them in turns with ringside
# compare, and ends as that does: 0 no slower, 1 slower, 2 could not compare, 3 it cannot be told.
#
#	docs/ci/gate.sh BASE HEAD [OPTION...]
#
# BASE and HEAD are commits. What begins with a dot or a slash is a folder instead, which is built
# and measured as it is. Options are those of ringside compare. The environment may set:
#
#	GATE_FOLDER	where the trees and the results go (gate)
#	GATE_BUILD	how a tree is built: the shell runs it in the tree
#	GATE_TRIAL	one run, which prints a result: the shell runs it, $TREE is the tree
#	GATE_RINGSIDE	who compares (the ringside that HEAD has built)
#
# It leaves comparison.md, comparison.json and junit.xml in the folder, and the logs of the builds.
set -eu

if [ $# -lt 2 ]; then
	echo "usage: gate.sh BASE HEAD [OPTION of ringside compare...]" >&2
	exit 2
fi
base=$1 head=$2
shift 2

folder=${GATE_FOLDER:-gate}
build=${GATE_BUILD:-./dev setup build && ./dev build}
# shellcheck disable=SC2016  # $TREE is for the shell that runs it
default_trial='"$TREE/build/ringside" bench --rounds 1 -w tcp-50 -d 1s -O 200ms --json -'
trial=${GATE_TRIAL:-$default_trial}

fail() {
	echo "gate.sh: $*" >&2
	exit 2
}

# The folder of what is measured: a worktree of a commit, or the folder itself.
tree_of() { # base|head COMMIT|FOLDER
	case $2 in
	.* | /*)
		(cd "$2" && pwd) || fail "there is no folder $2"
		return
		;;
	esac
	commit=$(git rev-parse --verify --quiet "$2^{commit}") ||
		fail "there is no commit $2$(hint)"
	remove_tree "$1" || fail "$folder/$1 is in the way, and is no worktree of this repository"
	# By force: the folder of a tree that is still registered may have been removed by somebody.
	git worktree add --quiet --force --detach "$folder/$1" "$commit" >&2 ||
		fail "there is no tree of $2"
	echo "$folder/$1"
}

# Most systems of CI fetch one commit alone, unless they are told otherwise.
hint() {
	[ "$(git rev-parse --is-shallow-repository 2>/dev/null)" != true ] ||
		echo " here: this clone is shallow, and may have to be fetched with its history"
}

# Also one that was left behind by a run that was killed.
remove_tree() {
	[ ! -d "$folder/$1" ] || git worktree remove --force "$folder/$1"
}

build_tree() { # base|head TREE
	(cd "$2" && sh -ec "$build") >"$folder/build-$1.log" 2>&1 && return
	tail -n 20 "$folder/build-$1.log" >&2
	fail "$1 could not be built: see $folder/build-$1.log"
}

# A word that the shell takes as it is.
quoted() { printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"; }

mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
# What an earlier run has left would be taken for the result of this one.
rm -f "$folder/comparison.md" "$folder/comparison.json" "$folder/junit.xml" \
	"$folder/build-base.log" "$folder/build-head.log"
# The code stays, whatever happens to the trees. Not every shell that a signal ends comes to EXIT.
trap 'code=$?; remove_tree base || :; remove_tree head || :; exit "$code"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
base=$(tree_of base "$base")
head=$(tree_of head "$head")
build_tree base "$base"
build_tree head "$head"

command_of() { printf "TREE=%s; export TREE; %s" "$(quoted "$1")" "$trial"; }

ringside=${GATE_RINGSIDE:-$head/build/ringside}
command -v "$ringside" >/dev/null || fail "there is no program $ringside to compare with"
code=0
"$ringside" compare \
	--a "$(command_of "$base")" --b "$(command_of "$head")" \
	--markdown "$folder/comparison.md" --json "$folder/comparison.json" \
	-o "junit=$folder/junit.xml" "$@" || code=$?
exit "$code"
