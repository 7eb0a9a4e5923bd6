"""Let rules change WebSockets in your own mitmproxy.

    mitmweb -s wsinspect_rules.py --set wsinspect_rules=rules.yaml

Works with mitmproxy, mitmdump and mitmweb where wsinspect is installed beside them. `--set wsinspect_out=chat.wsi`
records too; several files are several `--set wsinspect_rules=…`. A file that changes acts at once.
"""

from wsinspect.engine.stock import StockAddon

addons = [StockAddon(with_rules=True)]
