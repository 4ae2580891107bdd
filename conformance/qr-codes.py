# QR codes by an independent encoder (qrcode 8): rows of text, version, mask and modules, for src/outreach/qr-code.test.ts.
#   pip install qrcode && python3 conformance/qr-codes.py > conformance/qr-codes.json
import json
from importlib.metadata import version

import qrcode

TEXTS = [
    'https://a.eu/b',
    'https://example.org',
    'https://hospital.example/my-data',
    'https://hospital.example/my-data?language=el&from=poster',
    'mailto:privacy@hospital.example?subject=opt-out',
    'https://altruism.example/' + 'a' * 57,
    'https://altruism.example/' + 'b1-' * 27,
    'https://altruism.example/' + 'c2/' * 30,
    'https://altruism.example/' + 'd3_' * 42,
    'https://altruism.example/' + 'e4.' * 51,
    'https://altruism.example/' + 'f5~' * 62,
]


def row(text, mask):
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0, mask_pattern=mask)
    code.add_data(qrcode.util.QRData(text.encode(), mode=qrcode.util.MODE_8BIT_BYTE), optimize=0)
    code.make(fit=True)
    modules = [''.join('1' if bit else '0' for bit in line) for line in code.modules]
    return {'text': text, 'version': code.version, 'mask': mask, 'modules': modules}


rows = [row(text, index % 8) for index, text in enumerate(TEXTS)] + [row(TEXTS[2], mask) for mask in range(8)]
print(json.dumps({'encoder': f'qrcode {version("qrcode")} (Python)', 'level': 'M', 'rows': rows}, indent=1))
