#!/bin/bash
# Has a log agent go on a little before where it says it stopped, then becomes that agent.
#
#     bash resume.sh FOLDER PROGRAM [ARGUMENT...]
#
# Alloy writes down how far it has read each file, not how far Loki has taken it: killed, or ended while Loki is away,
# it forgets the lines it had in memory. And it knows files by their names: one that was rotated while it was away is
# never read to its end. So the positions are set back by more than its memory holds, and what is left of rotated files
# is copied to where it reads it. A line that is sent again has the same time, labels and text: Loki keeps it once.
#
# In bash, because Alloy's image has no more: the supervisor and the container both start the agent through it.
# Whatever goes wrong here, the agent starts.
export LC_ALL=C
shopt -s nullglob
# Bytes of a file: more than Alloy has in memory, though its queue is bounded to 1 MiB, and some lines are dropped.
in_memory=${IN_MEMORY:-4000000}
# Seconds: Alloy writes its positions every ten.
saved_every=20
# Days for which copies stay; older lines Loki does not take.
kept=7

# The beginning of a line well before byte REACHED of FILE; 0 when it is shorter than that: then it is another file.
before() { # FILE REACHED
  local size start
  size=$(stat -c %s -- "$1")
  if ((size < $2 || $2 <= in_memory)); then echo 0; return; fi
  start=$(($2 - in_memory - 1))
  echo $((start + $(tail -c "+$((start + 1))" -- "$1" | head -n 1 | wc -c)))
}

# The files that had the name PATH and were written to since positions were saved, the oldest first, a line each.
rotated() { # PATH SAVED
  local path other place found=()
  for path in "$1"?*; do
    case $path in *.gz | *.bz2 | *.xz | *.zst | *.Z | *.zip) continue ;; esac
    [[ -f $path ]] && (($(stat -c %Y -- "$path") >= $2 - saved_every)) || continue
    place=0
    for other in "${found[@]}"; do
      [[ $other -ot $path ]] && ((place += 1))
    done
    found=("${found[@]:0:place}" "$path" "${found[@]:place}")
  done
  ((${#found[@]})) && printf '%s\n' "${found[@]}"
}

# Where to go on in the file that has the name PATH now; what is left of those that had it goes to MISSED/SERVICE.
offset() { # PATH SERVICE REACHED SAVED MISSED
  local path copy from=0
  [[ -f $1 ]] || { echo "$3"; return; }
  local older=()
  mapfile -t older < <(rotated "$1" "$4")
  ((${#older[@]})) || { before "$1" "$3"; return; }
  for path in "${older[@]}"; do
    [[ $path == "${older[0]}" ]] && from=$(before "$path" "$3") || from=0
    copy="$5/$2/${1#/}.$(stat -c %Y%i -- "$path").missed"
    mkdir -p -m 0700 -- "${copy%/*}" && tail -c "+$((from + 1))" -- "$path" >"$copy"
  done
  echo 0
}

# Set the positions back that one source of the agent wrote.
mend() { # POSITIONS MISSED
  local saved line path='' service='' reached
  saved=$(stat -c %Y -- "$1") || return
  while IFS= read -r line; do
    case $line in
      "  ? path: "*) path=${line#"  ? path: "} path=${path#[\"\']} path=${path%[\"\']} service='' ;;
      "    labels: "*) [[ $line =~ service=\"([^\"]+)\" ]] && service=${BASH_REMATCH[1]} ;;
      "  : "*)
        reached=${line#  : } reached=${reached//\"/}
        if [[ $path && $reached =~ ^[0-9]+$ ]]; then
          reached=$(offset "$path" "$service" "$reached" "$saved" "$2")
          line="  : \"${reached:-0}\""
        fi
        ;;
    esac
    printf '%s\n' "$line" || return
  done <"$1" >"$1.new"
  if cmp -s -- "$1" "$1.new" || ! grep -q '^positions:' "$1"; then rm -f -- "$1.new"; else mv -- "$1.new" "$1"; fi
}

folder=$1
shift
[[ -d $folder/missed ]] && find "$folder/missed" -type f -mtime "+$((kept - 1))" -exec rm -f {} +
for positions in "$folder"/loki.source.file.*/positions.yml; do
  mend "$positions" "$folder/missed" || echo "resume: $positions cannot be mended; lines may be missing" >&2
done
exec "$@"
