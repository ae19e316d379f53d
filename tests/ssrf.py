"""Every way we know to make a fetcher ask an address that is not public: written once, used twice.

`ADDRESSES` are what a name may resolve to, `URLS` what a feed, a page or a redirect may name. The
vectors follow those of smokescreen, of WHATWG's URL tests, and what browsers and resolvers accept.
"""

_ADDRESSES_TEXT = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.0.0.53 127.255.255.254
169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.254 192.0.0.1 192.0.0.170 192.0.2.1 192.88.99.1 192.31.196.1 192.52.193.1 192.175.48.1 2620:4f:8000::1
192.168.0.1 192.168.255.254 198.18.0.1 198.19.255.254 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250
240.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::10.0.0.1 ::8.8.8.8 ::ffff:127.0.0.1 ::ffff:10.0.0.1
::ffff:169.254.169.254 ::ffff:0:7f00:1 64:ff9b::7f00:1 64:ff9b::a9fe:a9fe 64:ff9b::808:808
64:ff9b:1::7f00:1 64:ff9b:1:fffe::808:808 100::1 2001::1 2001:0:4136:e378:8000:63bf:3fff:fdd2
2001:0:7f00:1::1 2001:2::1 2001:10::1 2001:20::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1
2002:808:808::1 2002:a9fe:a9fe:: 3fff::1 4000::1 5f00::1 fc00::1 fd00:ec2::254 fdff::1 fe80::1
fe80::1%eth0 2a00::1%eth0 fec0::1 feff::1 ff02::1 ff0e::1 2a00::5efe:7f00:1 2a00::200:5efe:a00:1
"""
ADDRESSES = _ADDRESSES_TEXT.split()

_PUBLIC_TEXT = """
1.1.1.1 8.8.8.8 93.184.215.14 100.63.255.255 100.128.0.1 126.255.255.255 128.0.0.1 169.253.255.255
172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 198.17.255.255 198.20.0.1 223.255.255.255
2606:4700:4700::1111 2a00:1450:4001:81b::200e 2001:4860:4860::8888 2400:cb00::1 ::ffff:8.8.8.8
"""
PUBLIC = _PUBLIC_TEXT.split()

_SPELLINGS_TEXT = """
127.1 127.0.1 0x7f.1 0x7f.0.0.1 0x7f000001 0x7F000001 0x7f.0x0.0x0.0x1 2130706433 017700000001 0177.0.0.1
0177.0.0.01 127.0.0.01 00127.0.0.1 127.0.0.1. 127.0.0.1.. 127.0.0.0x1 0 0.0.0.0. 0x 0x0 00 4294967295
4294967296 99999999999 127.0.0.1.0x 256.256.256.256 1.2.3.4.5 ①②⑦.⓪.⓪.① １２７.０.０.１ 127。0。0。1 127．0．0．1
127｡0｡0｡1 ⑯⑨.②⑤④.⑯⑨.②⑤④ 169.254.43518 0xa9fea9fe 2852039166 0251.0376.0251.0376 %31%32%37.0.0.1 127.0.0%2e1
[::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::127.0.0.1] [64:ff9b::127.0.0.1]
[2002:7f00:1::] [fe80::1%25lo] [fe80::1%lo] [::1%00] [0:0:0:0:0:ffff:127.0.0.1] [::1]. [::1]x [::１] [127.0.0.1]
[v1.fe80] [] localhost LOCALHOST localhost. LocalHost loc%61lhost ⓛocalhost ⓁⓄⒸⒶⓁⒽⓄⓈⓉ foo.localhost
localhost.localdomain metadata.google.internal router.lan db.local printer.home.arpa kafka postgres a
exam\u00adple.com example\u200b.com example.com\u2060 ex\u202eample.com a..example.com .example.com
-example.com exa_mple!.com example.com%00.a.com example,com
"""
_SPELLINGS = _SPELLINGS_TEXT.split()

_WHOLE = (
    "http://user@127.0.0.1/",
    "http://user:pass@example.com/",
    "http://example.com@127.0.0.1/",
    "http://example.com:80@127.0.0.1/",
    "http://example.com%40127.0.0.1/",
    "http://127.0.0.1\\@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http:\\\\127.0.0.1\\",
    "http://\\127.0.0.1/",
    "http://127.0.0.1#@example.com/",
    "http://127.0.0.1?@example.com/",
    "http://[::1]?.example.com/",
    "http://example.com /x@127.0.0.1/",
    "http://exam\tple.com/",
    "http://exam\nple.com/",
    "http://example.com\r\nHost: 127.0.0.1/",
    "http://example.com/\r\nX: y",
    "http://example.com/\x00",
    "http://example.com/\u2028",
    "http://example.com/\ud800",
    "http:/127.0.0.1/",
    "http:127.0.0.1/",
    "http:///127.0.0.1/",
    "http:////127.0.0.1/",
    "//127.0.0.1/",
    "127.0.0.1",
    "http://",
    "http://:80/",
    "http://:@/",
    "http://?x",
    "http://#",
    "",
    "file:///etc/passwd",
    "file://127.0.0.1/etc/passwd",
    "FILE:///etc/passwd",
    "ftp://127.0.0.1/",
    "ftp://example.com/",
    "httpss://example.com/",
    "https+x://example.com/",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stat",
    "data:text/xml,<rss/>",
    "javascript:alert(1)",
    "ws://127.0.0.1/",
    "unix:///run/docker.sock",
    "http+unix://%2Frun%2Fdocker.sock/",
    "feed://127.0.0.1/",
    "jar:http://127.0.0.1!/",
    "httpx://127.0.0.1/",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:6379/",
    "http://example.com:9092/",
    "http://example.com:0/",
    "http://example.com:65616/",
    "http://example.com:65617/",
    "http://example.com:-80/",
    "http://example.com:80:80/",
    "http://example.com:８０/",
    "http://example.com:8０/",
    "http://example.com:80x/",
    "http://example.com: 80/",
    "http://example.com:+80/",
    "http://" + "a" * 64 + ".com/",
    "http://" + "a." * 130 + "com/",
    "http://example.com/" + "a" * 9000,
)

URLS = (
    *(f"http://[{each}]/" if ":" in each else f"http://{each}/" for each in ADDRESSES),
    *(f"http://{each}/feed.xml" for each in _SPELLINGS),
    *_WHOLE,
)
"""Refused by the rules for URLs alone, before any name is looked up."""
