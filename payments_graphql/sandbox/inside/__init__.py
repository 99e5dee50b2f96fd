"""The sandbox's own pages under `/_sandbox/`, which show its contents and act on them.

There is one module per page. An address answers a browser with a page and a program with JSON.
All HTML is made by `html.fill`, which escapes everything.
"""
