"""Looking inside under `/_sandbox/`, in a browser or as JSON, and acting there.

One module per page. Each address answers a browser with a page and a program with JSON; what it
shows comes out of `html.fill`, which escapes everything.
"""
