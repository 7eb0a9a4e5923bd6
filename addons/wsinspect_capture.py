"""Record WebSockets, frame by frame, in your own mitmproxy.

    mitmdump -s wsinspect_capture.py --set wsinspect_out=chat.wsi

Works with mitmproxy, mitmdump and mitmweb where wsinspect is installed beside them. Look at the capture with
`wsinspect tail chat.wsi`. Without `wsinspect_out` it is a new dated file in your data folder.
"""

from wsinspect.engine.stock import StockAddon

addons = [StockAddon()]
