"""Draws with a font of its own, and writes and reads files of many kinds."""

from io import BytesIO

from PIL import Image, ImageCms, ImageDraw, ImageFilter, ImageFont, features


def main():
    image = Image.new("RGB", (64, 32), "white")
    draw = ImageDraw.Draw(image)
    draw.ellipse((4, 4, 28, 28), fill=(200, 30, 30))
    draw.text((34, 8), "Äx", fill="black", font=ImageFont.load_default(size=14))
    right = image.crop((32, 0, 64, 32)).convert("L")
    print(image.getpixel((16, 16)), right.getextrema()[0] < 128)
    for kind in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "ICO", "PDF", "JPEG2000"):
        file = BytesIO()
        image.save(file, kind)
        if kind != "PDF":
            file.seek(0)
            read = Image.open(file)
            read.load()
            print(kind, read.format, read.size)
        else:
            print(kind, file.getvalue()[:5])
    blurred = image.filter(ImageFilter.GaussianBlur(3)).resize((8, 4), Image.Resampling.LANCZOS)
    print(blurred.size, image.rotate(90, expand=True).size)
    print(ImageCms.getProfileName(ImageCms.createProfile("sRGB")).strip())
    print(sorted(name for name in ("freetype2", "jpg", "webp", "zlib") if features.check(name)))
