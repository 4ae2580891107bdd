"""Measurement reports (TID 1500) as highdicom writes them: planar, volumetric and other groups, in three kinds of report.

Run by src/results/check-report.full.test.ts: python3 highdicom-reports.py FOLDER
"""

import sys

import highdicom as hd
import numpy as np
from highdicom.sr import (
    AlgorithmIdentification,
    Comprehensive3DSR,
    ComprehensiveSR,
    DeviceObserverIdentifyingAttributes,
    EnhancedSR,
    FindingSite,
    GraphicTypeValues,
    ImageRegion,
    Measurement,
    MeasurementReport,
    MeasurementsAndQualitativeEvaluations,
    ObservationContext,
    ObserverContext,
    PersonObserverIdentifyingAttributes,
    PlanarROIMeasurementsAndQualitativeEvaluations,
    QualitativeEvaluation,
    SourceImageForMeasurementGroup,
    SourceImageForRegion,
    TrackingIdentifier,
    VolumetricROIMeasurementsAndQualitativeEvaluations,
)
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

folder = sys.argv[1]
image = dcmread(get_testdata_file("CT_small.dcm"))


def tracking(name):
    return TrackingIdentifier(uid=hd.UID(), identifier=name)


observers = ObservationContext(
    observer_device_context=ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=DeviceObserverIdentifyingAttributes(
            uid=hd.UID(), name="device", manufacturer_name="maker", model_name="model"
        ),
    ),
    observer_person_context=ObserverContext(
        observer_type=codes.DCM.Person,
        observer_identifying_attributes=PersonObserverIdentifyingAttributes(name="Reader^Rita"),
    ),
)
region = ImageRegion(
    graphic_type=GraphicTypeValues.POLYLINE,
    graphic_data=np.array([[10.0, 10.0], [20.0, 10.0], [20.0, 20.0], [10.0, 10.0]]),
    source_image=SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID),
)
planar = PlanarROIMeasurementsAndQualitativeEvaluations(
    tracking_identifier=tracking("planar"),
    referenced_region=region,
    finding_type=codes.SCT.Nodule,
    measurements=[Measurement(name=codes.SCT.Area, value=12.5, unit=codes.UCUM.SquareMillimeter)],
    finding_sites=[FindingSite(anatomic_location=codes.SCT.Lung, laterality=codes.SCT.Right)],
    qualitative_evaluations=[
        QualitativeEvaluation(name=Code("108239005", "SCT", "Texture"), value=Code("129738007", "SCT", "Soft"))
    ],
    algorithm_id=AlgorithmIdentification(name="algorithm", version="1", parameters=["one"]),
)
volumetric = VolumetricROIMeasurementsAndQualitativeEvaluations(
    tracking_identifier=tracking("volumetric"),
    referenced_regions=[region],
    finding_type=codes.SCT.Nodule,
    measurements=[Measurement(name=codes.SCT.Volume, value=3.0, unit=codes.UCUM.CubicMillimeter)],
)
other = MeasurementsAndQualitativeEvaluations(
    tracking_identifier=tracking("other"),
    finding_type=codes.SCT.Nodule,
    measurements=[Measurement(name=codes.SCT.Diameter, value=3.0, unit=codes.UCUM.Millimeter)],
    source_images=[SourceImageForMeasurementGroup(image.SOPClassUID, image.SOPInstanceUID)],
)
for number, groups in enumerate(([planar], [volumetric], [other], [planar, volumetric, other])):
    report = MeasurementReport(
        observation_context=observers,
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=[image] if number % 2 else None,
    )
    for kind in (ComprehensiveSR, Comprehensive3DSR, EnhancedSR):
        kind(
            evidence=[image],
            content=report,
            series_number=1,
            series_instance_uid=hd.UID(),
            sop_instance_uid=hd.UID(),
            instance_number=1,
            manufacturer="maker",
            is_complete=True,
            is_final=True,
            is_verified=False,
        ).save_as(f"{folder}/{number}-{kind.__name__}.dcm")
