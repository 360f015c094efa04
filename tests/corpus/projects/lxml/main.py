"""XPath, XSLT, schemas of three kinds, broken HTML, and a path in CSS's words."""

from io import BytesIO

from lxml import etree, html, isoschematron, objectify
from lxml.builder import E

SHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="text"/>
<xsl:template match="/"><xsl:for-each select="//b">[<xsl:value-of select="."/>]</xsl:for-each>
</xsl:template></xsl:stylesheet>"""
RELAXNG = '<element name="a" xmlns="http://relaxng.org/ns/structure/1.0"><text/></element>'
SCHEMATRON = """<schema xmlns="http://purl.oclc.org/dsdl/schematron"><pattern><rule context="a">
<assert test="count(b) = 2">two b</assert></rule></pattern></schema>"""


def main():
    tree = etree.parse(BytesIO(b"<a><b n='1'>x</b><b n='2'>\xc3\xa4</b></a>"))
    print(tree.xpath("sum(//b/@n)"), tree.xpath("//b[last()]/text()"))
    print(str(etree.XSLT(etree.XML(SHEET))(tree)).strip())
    print(etree.RelaxNG(etree.XML(RELAXNG)).validate(tree))
    print(isoschematron.Schematron(etree.XML(SCHEMATRON)).validate(tree))
    print(objectify.fromstring("<r><n>41</n></r>").n + 1)
    page = html.fromstring("<p>one<p class=c>two <a href=x>three")
    page.make_links_absolute("http://example.org/y/")
    print(html.tostring(page, encoding="unicode"))
    print(etree.tostring(E.ul(E.li("a & b"), E.li("c"))).decode())
    try:
        etree.XML("<a><b></a>")
    except etree.XMLSyntaxError as error:
        print(error.msg)
