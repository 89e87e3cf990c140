"""Reads the kept files of the scan bench with zxing-cpp and zbar, and prints rates and processor time beside ours.

Pages of PDFs are drawn by poppler at 300 dpi, as document managers do; pictures are opened as they are. Every tool gets the same
files and is judged by the same truth. Needs the packages zxing-cpp, pyzbar, pdf2image and pillow; pdftoppm and libzbar0."""

import collections
import json
import pathlib
import resource
import sys

import pdf2image
import PIL.Image
import PIL.ImageSequence
import pyzbar.pyzbar
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
    codes = pyzbar.pyzbar.decode(page, symbols=[pyzbar.pyzbar.ZBarSymbol.QRCODE])
    return {code.data.decode(errors="replace") for code in codes}


TOOLS = (("pdf2image + zxing-cpp", as_managers_do), ("zxing-cpp, QR only, grey", by_zxing), ("zbar", by_zbar))


def of_case(case, folder, rows):
    paths = [folder / name for name in case["files"]]
    known = {text for page in case["pages"] for text in page} | {case["data"]}
    ours = case["ours"]
    codes = sum(len(page) for page in case["pages"]) + 1
    common = {"sets": 1, "pages": len(case["pages"]), "codes": codes}
    for severity in (case["severity"], "all"):
        rows[severity]["siegelpost, with all marks"].update(
            common, named=ours["pages"], read=ours["codes"], complete=int(ours["complete"]), ids=int(ours["named"]),
            data=int(ours["data"]), wrong=len(ours["wrong"]), cpu=ours["cpu_ms"] / 1000,
        )
    for tool, read in TOOLS:
        began = used()
        try:
            seen = [read(page) for page in pages_of(paths, read is not as_managers_do)]
        except Exception as error:  # a file that these cannot open counts as not read
            print(f"{case['name']}: {tool}: {str(error).splitlines()[0]}", file=sys.stderr)
            seen = []
        spent = used() - began
        right = [texts & (set(page) | {case["data"]}) for texts, page in zip(seen, case["pages"])]
        named = sum(1 for texts, page in zip(seen, case["pages"]) if texts & set(page))
        for severity in (case["severity"], "all"):
            rows[severity][tool].update(
                common, named=named, read=sum(map(len, right)), complete=named == len(case["pages"]), ids=named > 0,
                data=any(case["data"] in texts for texts in seen), wrong=sum(len(texts - known) for texts in seen), cpu=spent,
            )


def main(folder):
    rows = collections.defaultdict(lambda: collections.defaultdict(lambda: collections.Counter()))
    for line in (folder / "truth.jsonl").read_text().splitlines():
        of_case(json.loads(line), folder, rows)
    print("| severity | by | sets | complete | id + serial | data code | pages | named | codes | read | wrong | CPU s a set | of the first's |")
    print("| --- | --- " + "| ---: " * 11 + "|")
    for severity in ("light", "medium", "heavy", "beyond", "all"):
        for tool, t in rows.get(severity, {}).items():
            a_set = t["cpu"] / max(t["sets"], 1)
            first = rows[severity][TOOLS[0][0]]
            share = a_set / max(first["cpu"] / max(first["sets"], 1), 1e-9)
            print(
                f"| {severity} | {tool} | {t['sets']} | {t['complete']} | {t['ids']} | {t['data']} | {t['pages']} | {t['named']}"
                f" | {t['codes']} | {t['read']} | {t['wrong']} | {a_set:.3f} | {share:.2f} |"
            )


main(pathlib.Path(sys.argv[1]))
