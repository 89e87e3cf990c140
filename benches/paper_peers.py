"""The like letter, set by reportlab and by typst: reads the job as JSON, writes pages a second of CPU time and bytes a page.

Started by benches/paper.rs. QR symbols come from zxing-cpp; dark modules are drawn as merged runs, as siegelpost does.
"""

import io
import json
import sys
import time

import zxingcpp

MM = 72 / 25.4
QR_MM, QR_X, QR_Y = 15.875, 174.125, 252.0


def runs(text):
    """The dark runs of the symbol as (column, row, columns) and its width in modules."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="H")
    image = memoryview(zxingcpp.write_barcode_to_image(code, scale=1, add_quiet_zones=False))
    height, width = image.shape[:2]
    out = []
    for row in range(height):
        column = 0
        while column < width:
            start = column
            while column < width and image[row, column] == 0:
                column += 1
            if column > start:
                out.append((start, row, column - start))
            column += 1
    return out, width


def reportlab_of(job):
    import reportlab
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas
    from reportlab.platypus import Paragraph

    def load():
        for face, path in job["fonts"].items():
            pdfmetrics.registerFont(TTFont(face, path))

    load()
    height = 297 * MM
    styles = [
        ParagraphStyle(str(n), fontName=item["face"], fontSize=item["size"], leading=item["leading"])
        for n, item in enumerate(job["body"])
    ]

    def page(canvas, letter):
        canvas.setFillColorRGB(0.09, 0.29, 0.35)
        canvas.setFont("bold", 10.5)
        canvas.drawString(25 * MM, height - 18 * MM, job["sender"][0])
        canvas.setFillColorRGB(0, 0, 0)
        for lines, x, y, size, leading in (
            (job["sender"][1:], 25, 22, 8.5, 11.4),
            (letter["lines"], 25, 61, 10.5, 13.6),
            (job["contact"], 25, 257, 8.5, 11.4),
        ):
            text = canvas.beginText(x * MM, height - y * MM)
            text.setFont("regular", size, leading)
            for line in lines:
                text.textLine(line)
            canvas.drawText(text)
        canvas.setFillColorRGB(0.92, 0.94, 0.95)
        canvas.rect(25 * MM, height - 183 * MM, 165 * MM, 30 * MM, stroke=0, fill=1)
        canvas.setFillColorRGB(0, 0, 0)
        canvas.setFont("bold", 22)
        canvas.drawCentredString(107.5 * MM, height - 170 * MM, letter["ticket"])
        for item, style in zip(job["body"], styles):
            x, y, width = item["at"]
            paragraph = Paragraph(item["text"], style)
            _, high = paragraph.wrap(width * MM, 100 * MM)
            paragraph.drawOn(canvas, x * MM, height - y * MM - high)
        for n in range(5):
            canvas.setFont("bold", 9.6)
            canvas.drawString(25 * MM, height - (197 + 10 * n) * MM, str(n + 1))
        canvas.line(5 * MM, height / 2, 9 * MM, height / 2)
        canvas.line(25 * MM, height - 247 * MM, 190 * MM, height - 247 * MM)
        dark, modules = runs(letter["code"])
        side = QR_MM * MM / modules
        path = canvas.beginPath()
        for column, row, columns in dark:
            path.rect(QR_X * MM + column * side, height - QR_Y * MM - (row + 1) * side, columns * side, side)
        canvas.drawPath(path, stroke=0, fill=1)
        canvas.showPage()

    def file(letters):
        out = io.BytesIO()
        canvas = Canvas(out, pagesize=(210 * MM, height), pageCompression=1, invariant=1)
        for letter in letters:
            page(canvas, letter)
        canvas.save()
        return len(out.getvalue())

    return reportlab.Version, file


def typst_of(job):
    from importlib.metadata import version

    import typst

    def words(text):
        return json.dumps(text, ensure_ascii=False)

    def page(letter):
        out = ["#page(width: 210mm, height: 297mm, margin: 0mm)["]

        def put(x, y, body):
            out.append(f"#place(top + left, dx: {x}mm, dy: {y}mm, {body})")

        put(25, 153, "pdf.artifact(rect(width: 165mm, height: 30mm, fill: rgb(\"#eaf0f2\")))")
        put(25, 14, f"text(font: \"Noto Sans\", weight: \"bold\", size: 10.5pt, fill: rgb(\"#17495a\"), {words(job['sender'][0])})")
        for lines, x, y, size in ((job["sender"][1:], 25, 19.2, 8.5), (letter["lines"], 25, 57, 10.5), (job["contact"], 25, 254.4, 8.5)):
            body = " + linebreak() + ".join(words(line) for line in lines)
            put(x, y, f"text(size: {size}pt, {body})")
        for item in job["body"]:
            x, y, width = item["at"]
            weight = "bold" if item["face"] == "bold" else "regular"
            put(x, y, f"box(width: {width}mm, text(size: {item['size']}pt, weight: \"{weight}\", {words(item['text'])}))")
        put(27, 162.4, f"box(width: 161mm, align(center, text(size: 22pt, weight: \"bold\", {words(letter['ticket'])})))")
        for n in range(5):
            put(25, 193.6 + 10 * n, f"text(size: 9.6pt, weight: \"bold\", \"{n + 1}\")")
        put(5, 148.5, "pdf.artifact(line(length: 4mm, stroke: 0.3pt))")
        put(25, 247, "pdf.artifact(line(length: 165mm, stroke: 0.5pt))")
        dark, modules = runs(letter["code"])
        side = QR_MM / modules
        parts = []
        for column, row, columns in dark:
            x, y, w = column * side, row * side, columns * side
            parts.append(
                f"curve.move(({x:.3f}mm,{y:.3f}mm)),curve.line(({x + w:.3f}mm,{y:.3f}mm)),"
                f"curve.line(({x + w:.3f}mm,{y + side:.3f}mm)),curve.line(({x:.3f}mm,{y + side:.3f}mm)),curve.close()"
            )
        put(QR_X, QR_Y, f"pdf.artifact(curve(fill: black,{','.join(parts)}))")
        out.append("]")
        return "\n".join(out)

    import os

    folder = os.path.dirname(job["fonts"]["regular"])
    compiler = typst.Compiler(font_paths=[folder], ignore_system_fonts=True)
    head = '#set document(title: "Brief", date: datetime(year: 2026, month: 3, day: 1))\n#set text(font: "Noto Sans", lang: "de", hyphenate: false)\n'

    def file(letters):
        source = head + "\n".join(page(letter) for letter in letters)
        return len(compiler.compile(input=source.encode(), format="pdf", pdf_standards=["a-2a"]))

    return version("typst"), file


def main():
    job = json.load(sys.stdin)
    version, file = {"reportlab": reportlab_of, "typst": typst_of}[sys.argv[1]](job)
    letters = job["letters"]
    file(letters[:1])
    answer = {"version": version}
    start = time.process_time()
    size = sum(file([letter]) for letter in letters[: job["separate"]])
    answer["separate"] = {"rate": job["separate"] / (time.process_time() - start), "bytes": size / job["separate"]}
    start = time.process_time()
    size = file(letters)
    answer["batch"] = {"rate": len(letters) / (time.process_time() - start), "bytes": size / len(letters)}
    json.dump(answer, sys.stdout)


main()
