"""Reads the kept files of the scan bench with zxing-cpp (pages drawn by poppler at 300 dpi, as document managers do) and with
zbar, and prints rates and processor time beside ours. Needs the packages zxing-cpp, pdf2image and pillow; zbarimg, pdftoppm."""

import collections
import io
import json
import pathlib
import resource
import subprocess
import sys

import pdf2image
import PIL.Image
import PIL.ImageSequence
import zxingcpp

PIL.Image.MAX_IMAGE_PIXELS = None


def used():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def pages_of(paths, grey):
    for path in paths:
        if path.suffix == ".pdf":
            yield from pdf2image.convert_from_path(path, dpi=300, grayscale=grey)
        else:
            yield from (frame.convert("L") for frame in PIL.ImageSequence.Iterator(PIL.Image.open(path)))


def as_managers_do(page):
    """All kinds of codes on pages drawn in colour: what document managers run."""
    return {code.text for code in zxingcpp.read_barcodes(page)}


def by_zxing(page):
    return {code.text for code in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)}


def by_zbar(page):
    buffer = io.BytesIO()
    page.save(buffer, "PPM")
    done = subprocess.run(
        ["zbarimg", "-q", "--raw", "-Sdisable", "-Sqrcode.enable", "-"], input=buffer.getvalue(), stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=False
    )
    return set(done.stdout.decode(errors="replace").splitlines())


def main(folder):
    rows = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.Counter()))
    for line in (folder / "truth.jsonl").read_text().splitlines():
        case = json.loads(line)
        paths = [folder / name for name in case["files"]]
        known = {text for page in case["pages"] for text in page} | {case["data"]}
        ours = case["ours"]
        total = rows[case["severity"]]["siegelpost"]
        total.update(
            sets=1, pages=len(case["pages"]), named=ours["pages"], complete=int(ours["complete"]), ids=int(ours["named"]),
            data=int(ours["data"]), wrong=len(ours["wrong"]), cpu=ours["cpu_ms"] / 1000,
        )
        for tool, read in (
            ("pdf2image + zxing-cpp", as_managers_do), ("zxing-cpp, QR only, grey", by_zxing), ("zbar", by_zbar),
        ):
            total = rows[case["severity"]][tool]
            began = used()
            try:
                seen = [read(page) for page in pages_of(paths, read is not as_managers_do)]
            except Exception as error:  # a file that these cannot open counts as not read
                print(f"{case['name']}: {tool}: {error}", file=sys.stderr)
                seen = []
            total["cpu"] += used() - began
            named = sum(1 for texts, right in zip(seen, case["pages"]) if texts & set(right))
            total.update(
                sets=1, pages=len(case["pages"]), named=named, complete=named == len(case["pages"]), ids=named > 0,
                data=any(case["data"] in texts for texts in seen), wrong=sum(len(texts - known) for texts in seen),
            )
    print("| severity | by | sets | all pages named | id + serial | data code | pages | named | wrong | CPU s a set |")
    print("| --- | --- " + "| ---: " * 8 + "|")
    for severity in ("light", "medium", "heavy", "beyond"):
        for tool, t in rows.get(severity, {}).items():
            print(
                f"| {severity} | {tool} | {t['sets']} | {t['complete']} | {t['ids']} | {t['data']} | {t['pages']} | {t['named']}"
                f" | {t['wrong']} | {t['cpu'] / max(t['sets'], 1):.2f} |"
            )


main(pathlib.Path(sys.argv[1]))
