"""Speaks to a node as any program that uses Python's dicomweb-client does; prints what it saw as JSON.

python3 scripts/dicomweb-peer.py URL TOKEN FILE: URL ends in /dicom-web, FILE is a DICOM file to store.
"""

import json
import sys

import pydicom
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session

url, token, path = sys.argv[1:]
session = create_session()
session.headers.update({"Authorization": f"Bearer {token}"})
client = DICOMwebClient(url=url, session=session)

seen = {}
answer = client.store_instances([pydicom.dcmread(path)])
seen["stored"] = len(answer.ReferencedSOPSequence)

studies = client.search_for_studies(fields=["all"])
seen["studies"] = len(studies)
seen["nothing"] = client.search_for_studies(search_filters={"PatientID": "nobody"})
paged = client.search_for_studies(limit=1, get_remaining=True)
seen["paged"] = len(paged)
mammograms = client.search_for_studies(search_filters={"ModalitiesInStudy": "MG"}, fuzzymatching=False)
study = max(mammograms, key=lambda found: found["00201208"]["Value"][0])
study_uid = study["0020000D"]["Value"][0]
series = client.search_for_series(study_uid)
seen["series"] = len(series)
series_uid = series[0]["0020000E"]["Value"][0]
instances = client.search_for_instances(study_uid, series_uid)
seen["instances"] = len(instances)
instance_uid = instances[0]["00080018"]["Value"][0]
where = (study_uid, series_uid, instance_uid)

metadata = client.retrieve_instance_metadata(*where)
header = pydicom.Dataset.from_json(metadata, bulk_data_uri_handler=lambda uri: None)
seen["rows"] = header.Rows
seen["study_metadata"] = len(client.retrieve_study_metadata(study_uid))
whole = client.retrieve_instance(*where)
seen["same_uid"] = whole.SOPInstanceUID == instance_uid
any_syntax = (("application/dicom", "*"),)
seen["series_instances"] = len(client.retrieve_series(study_uid, series_uid, media_types=any_syntax))
seen["study_instances"] = len(client.retrieve_study(study_uid))
frames = client.retrieve_instance_frames(*where, frame_numbers=[1])
seen["frame_is_pixels"] = frames[0] == whole.PixelData
bulk = client.retrieve_bulkdata(metadata["7FE00010"]["BulkDataURI"])
seen["bulk_is_pixels"] = bulk[0] == whole.PixelData
png = client.retrieve_instance_rendered(*where, media_types=("image/png",), params={"viewport": "16,16"})
seen["png"] = png[1:4].decode()
frame_png = client.retrieve_instance_frames_rendered(*where, frame_numbers=[1], media_types=("image/png",))
seen["frame_png"] = frame_png[1:4].decode()

json.dump(seen, sys.stdout)
