import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textOfHtml } from "./html-text.ts";

test("text without its markup", () => {
  const rows: readonly [html: string, text: string][] = [
    ["", ""],
    ["hello", "hello"],
    ["<b>bold</b> and <i>not</i>", "bold and not"],
    ["one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"],
    ["one<br><br>two", "one\n\ntwo"],
    ["<p>one</p>\n<p>two</p>\n", "one\ntwo"],
    ["<div><div>one</div></div><div>two</div>", "one\ntwo"],
    ["  much \n\t white   space  ", "much white space"],
    ["a <b> b </b> c", "a b c"],
    ["a&nbsp;<b>b</b>", "a\u00a0b"],
    ["<pre>a\n  b</pre>c", "a\n  b\nc"],
    ["<ul><li>one<li> two</ul>after", "- one\n- two\nafter"],
    ["<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"],
    ['<img src="cid:1" alt=":-)"> hi', ":-) hi"],
    ["3 < 4 <5 & 5 > 4 &", "3 < 4 <5 & 5 > 4 &"],
    ["a<!-- b <b> -->c<!-->d<!DOCTYPE html><?xml e?>f</ g>h<![CDATA[i]]>j", "acdfhj"],
    ["<span title=\"a > b\" class='c'>d</span>", "d"],
    ["<html><head><title>no</title><style>p{}</style></head><body>yes</body></html>", "yes"],
  ];
  for (const [html, text] of rows) assert.equal(textOfHtml(html), text, html);
});

test("what Communicator and Lync send", () => {
  const communicator =
    '<DIV style="font-size: 10pt;font-family:MS Shell Dlg 2;color:#000000;direction: ltr"><P>It&#39;s &lt;done&gt; &amp; ok</P></DIV>';
  assert.equal(textOfHtml(communicator), "It's <done> & ok");
  const lync =
    "<html><head><meta http-equiv=Content-Type content='text/html; charset=utf-8'><style>@font-face{font-family:x}</style>" +
    "</head>\r\n<body>\r\n<span style='font-size:10pt'>first<br>second</span>\r\n</body></html>";
  assert.equal(textOfHtml(lync), "first\nsecond");
});

test("links say where they lead", () => {
  const rows: readonly [html: string, text: string][] = [
    ['<a href="https://x.example/">https://x.example/</a> ok', "https://x.example/ ok"],
    ['<a href="https://x.example/">https://x.example</a>', "https://x.example"],
    ['<a href="https://evil.example/?a=1&amp;b=2">your bank</a>!', "your bank (https://evil.example/?a=1&b=2)!"],
    ["<a href=https://x.example><b>the</b> page</a>", "the page (https://x.example)"],
    ['<a href="https://x.example"><img></a>', "https://x.example"],
    ['<a href="mailto:a@x.example">a@x.example</a>', "a@x.example"],
    ['<a href="javascript:alert(1)">click</a>', "click"],
    ['<a href="java\nscript:alert(1)">click</a>', "click"],
    ['<a href="https://x.example/\u0001">click</a>', "click"],
    ['<a href="https://x.example">open to the end', "open to the end (https://x.example)"],
  ];
  for (const [html, text] of rows) assert.equal(textOfHtml(html), text, html);
});

test("nothing is run, and what is no text is not shown", () => {
  const rows: readonly [html: string, text: string][] = [
    ["a<script>alert(1)</script>b", "ab"],
    ["a<SCRIPT type='x'>if (a </b) </scripting> </Script >b", "ab"],
    ["a<script>never ends", "a"],
    ["a<style>b{}</style><template><b>c</b></template><textarea>d</textarea>e", "ae"],
    ["a<svg onload=alert(1)>b</svg><iframe src=x>c</iframe><object>d</object>e", "ae"],
    ["a<b onclick='x'>b</b>", "ab"],
    ["a<b never='ends", "a"],
    ["a<!-- never ends", "a"],
    ["&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"],
  ];
  for (const [html, text] of rows) assert.equal(textOfHtml(html), text, html);
});

test("character references", () => {
  const rows: readonly [html: string, text: string][] = [
    ["&amp;&lt;&gt;&quot;&apos;&#39;", "&<>\"''"],
    ["&auml;&ouml;&yuml;&szlig;&Agrave;&euro;&hellip;", "äöÿßÀ€…"],
    ["&#8364;&#x20AC;&#X1f600;&#x20ac", "€€😀€"],
    ["&#150;&#x80;", "–€"],
    ["&#0;&#xD800;&#1114112;&#9999999;", "\ufffd\ufffd\ufffd\ufffd"],
    ["&nosuch; &toString; &amp &copy=1 AT&T", "&nosuch; &toString; &amp &copy=1 AT&T"],
    ["&amp;lt;", "&lt;"],
  ];
  for (const [html, text] of rows) assert.equal(textOfHtml(html), text, html);
});

test("anything at all is HTML, and costs time that grows with its length", () => {
  const pieces = fc.constantFrom(
    "<",
    ">",
    "</",
    "<!--",
    "-->",
    '"',
    "'",
    "=",
    "a",
    "<a href=",
    "<script",
    "&#",
    "x;",
    " ",
    "/",
    "<li>",
  );
  fc.assert(fc.property(fc.array(pieces, { maxLength: 60 }), (list) => typeof textOfHtml(list.join("")) === "string"));
  for (const piece of [
    "<",
    "<a ",
    "<a b='",
    "<!--",
    "<script>",
    "&#",
    "</",
    "<a href='http://a'>b</a>",
    `<a ${" ".repeat(50)}`,
  ]) {
    textOfHtml(piece.repeat(200_000 / piece.length));
  }
});
