"""What the C2PA reference implementation says of a picture's credentials.

    pip install c2pa-python==0.38.2
    python test/golden/verify-provenance.py picture.png

Prints the state, every failure, and who signed. A picture of a local identity is valid and its signer untrusted.
"""

import json
import sys

import c2pa

for path in sys.argv[1:]:
    store = json.loads(c2pa.Reader(path).json())
    manifest = store["manifests"][store["active_manifest"]]
    failures = store["validation_results"]["activeManifest"]["failure"]
    print(path, c2pa.sdk_version(), store["validation_state"])
    for failure in failures:
        print("  ", failure["code"], failure.get("explanation", ""))
    print("  ", manifest["claim_generator_info"], [assertion["label"] for assertion in manifest["assertions"]])
    print("  ", manifest["signature_info"])
