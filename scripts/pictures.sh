#!/usr/bin/env bash
# Draws the pictures of the README from what the tests print: samples/papers-LL.png and samples/overview.png. Run it after
# `cargo test --features full --test papers snapshots` and `--test samples`; needs poppler-utils and imagemagick.
set -euo pipefail

cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
printed="${CARGO_TARGET_DIR:-target}/tmp/papers"
folder=$(mktemp -d)
trap 'rm -rf -- "$folder"' EXIT

# Pages of a PDF as PNG, 388 pixels wide, in order.
pages() { # PDF NAME
    pdftoppm -scale-to-x 388 -scale-to-y -1 -png "$1" "$folder/$2"
}

sheet() { # OUT TILE PICTURE...
    montage "${@:3}" -tile "$2" -geometry +4+4 -background '#c9d1d4' "$folder/sheet.png"
    convert "$folder/sheet.png" +dither -colors 32 -define png:compression-level=9 "PNG8:$1"
    echo "drawn     $1"
}

for language in de fr it en; do
    for paper in set-passport letter revocation delivery-note cover envelope-c5-left blank; do
        pages "$printed/snapshot-$paper-$language.pdf" "$language-$paper"
    done
    own="$folder/$language"
    sheet "samples/papers-$language.png" 5x2 "$own"-set-passport-[123].png "$own"-letter-1.png "$own"-revocation-1.png \
        "$own"-delivery-note-[12].png "$own"-cover-1.png "$own"-envelope-c5-left-1.png "$own"-blank-1.png
done
pages samples/papers/zoe-muster.pdf request
pages samples/letters/unseal-de.pdf letter
sheet samples/overview.png 4x1 "$folder"/request-[123].png "$folder"/letter-1.png
