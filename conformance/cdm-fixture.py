"""Three clinical tables of fictitious people and what they must become, written without the product.

    python3 conformance/cdm-fixture.py conformance/cdm-fixture

Makes 200 people from a seed: a German breast registry, a Greek lung registry and a Ukrainian prostate registry with local headings, decimal
commas, local codes and faults; what an index of images holds of them; mappings and labels as a person who knows the tables would
write them; and, by rules of its own, the tables of the EUCAIM common data model that must come out, one CSV each, column by column.
The labels and this program were written by the developers of the product, not by a registry.
"""

import csv
import datetime
import io
import json
import random
import sys
from pathlib import Path

OUT = Path(sys.argv[1])
RANDOM = random.Random(20261129)
CDM = [row.split(',') for row in (OUT.parent / 'cdm-columns.csv').read_text().split()[1:]]
TABLES = list(dict.fromkeys(table for table, *_ in CDM))
COLUMNS = {table: [column for t, column, *_ in CDM if t == table] for table in TABLES}
KEY = {'health_status_assessment': 'assessment_id', 'lab_test_result': 'lab_test_id', 'image_study': 'study_id',
       'image_series': 'series_id', 'image_modality': 'modality_id'}


def day(year_from, year_to):
    first = datetime.date(year_from, 1, 1)
    return first + datetime.timedelta(days=RANDOM.randrange((datetime.date(year_to, 1, 1) - first).days))


def comma(number, decimals):
    return f'{number:.{decimals}f}'.replace('.', ',')


def german(date):
    return '' if date is None else f'{date.day:02d}.{date.month:02d}.{date.year}'


def slashed(date):
    return '' if date is None else f'{date.day}/{date.month}/{date.year}'


# What stands in the tables: heading -> (element, {value in the table: code}).
BREAST = {
    'Fallnr.': ('patient-id', None), 'Familienname': ('leave-out', None),
    'Gruppe': ('population', {'Karzinom': 'COM1001087', 'Screening o.B.': 'COM1002626'}),
    'Geschl.': ('sex', {'w': 'COM1001370', 'm': 'COM1001366'}),
    'Alter (J.)': ('age-at-diagnosis', None), 'ED am': ('diagnosis-date', None),
    'Hauptdiagnose': ('diagnosis', {'Mamma-Ca': 'CLIN1000060'}),
    'Histo': ('histology', {'NST': 'CLIN:Infiltrating duct carcinoma of breast', 'lobulär': 'CLIN:Infiltrating lobular carcinoma of breast'}),
    'G': ('grade', {'G1': 'CLIN:Grade 1 tumor', 'G2': 'CLIN:Grade 2 tumor', 'G3': 'CLIN:Grade 3 tumor'}),
    'Östrogenrez.': ('er-status', {'pos.': 'COM1001310', 'neg.': 'COM1001332'}),
    'PgR': ('pr-status', {'pos.': 'COM1001310', 'neg.': 'COM1001332'}),
    'Her2/neu': ('her2-status', {'0': 'COM1001332', '3+': 'COM1001310', '2+': 'COM1000044'}),
    'Ki67 [%]': ('ki67', None), 'Größe in cm': ('tumour-size', None),
    'Seite': ('laterality', {'li': 'IMG1016670', 're': 'IMG1016682'}),
    'BIRADS': ('birads', {'1': 'IMG1005469', '2': 'IMG1005468', '4': 'IMG1005465', '5': 'IMG1005464'}),
    'Dichte ACR': ('density', {'b': 'IMG1016680', 'c': 'IMG1016692'}),
    'Operation': ('surgery', {'BET': 'CLIN:Breast Conservation Treatment', 'Ablatio': 'CLIN:Radical mastectomy'}),
    'OP am': ('surgery-date', None), 'Verstorben': ('deceased', {'ja': 'true', 'nein': 'false'}),
    'Freitext': ('none', None),
}
LUNG = {
    'Α/Α Φακέλου': ('patient-id', None), 'Ονοματεπώνυμο': ('leave-out', None),
    'Φύλο': ('sex', {'Α': 'COM1001366', 'Θ': 'COM1001370'}), 'Ηλικία (έτη)': ('age-at-diagnosis', None),
    'Ημερομ. διάγνωσης': ('diagnosis-date', None), 'Νόσος': ('diagnosis', {'Ca πνεύμονα': 'CLIN1000065'}),
    'Ιστολογική': ('histology', {'αδενοκαρκίνωμα': 'CLIN:Adenocarcinoma, NOS', 'πλακώδες': 'CLIN:Squamous cell carcinoma, NOS'}),
    'Στάδιο': ('stage', {'IB': 'CLIN:Stage 1', 'IIIA': 'CLIN:Stage 3', 'IV': 'CLIN:Stage 4'}),
    'Κάπνισμα': ('smoking', {'ναι': 'CLIN:Smoker', 'πρώην': 'CLIN:Ex-smoker', 'ποτέ': 'CLIN:Non-smoker'}),
    'Πακέτα/έτη': ('pack-years', None), 'Διάμετρος mm': ('tumour-size', None),
    'Έναρξη ΑΚΘ': ('radiotherapy-start', None), 'Δόση Gy': ('radiotherapy-dose', None),
    'Παρατηρήσεις': ('none', None),
}
PROSTATE = {
    '№ картки': ('patient-id', None), 'ПІБ': ('leave-out', None), 'Вік': ('age-at-diagnosis', None),
    'Дата встановлення діагнозу': ('diagnosis-date', None),
    'Діагноз': ('diagnosis', {'С-r передміхурової залози': 'CLIN1000075'}),
    'ПСА нг/мл': ('psa', None),
    'Глісон': ('gleason-score', {'3+3': 'CLIN:Gleason grade score 6 out of 10', '3+4': 'CLIN:Gleason grade score 7 out of 10', '4+4': 'CLIN:Gleason grade score 8 out of 10'}),
    'Група ISUP': ('isup-grade', {'1': 'CLIN:Gleason grade group 1', '2': 'CLIN:Gleason grade group 2', '4': 'CLIN:Gleason grade group 4'}),
    'PI-RADS': ('pirads', {'3': 'IMG1005477', '4': 'IMG1005476', '5': 'IMG1005475'}),
    'Сімейний анамнез': ('family-history', {'так': 'true', 'ні': 'false'}),
    'Гемоглобін, г/л': ('haemoglobin', None), 'Дата біопсії': ('biopsy-date', None), 'Примітки': ('none', None),
}

CONCEPTS = {row['name']: row['code'] for row in csv.DictReader(io.StringIO((OUT.parent / 'cdm-concepts.csv').read_text()))}


def code(value):
    return CONCEPTS[value[5:]] if value.startswith('CLIN:') else value


TEXT = ['Patientin kommt regelmäßig zur Nachsorge', 'Keine weiteren Angaben in der Akte vorhanden', 'Befund wurde in der Konferenz besprochen']
GREEK_TEXT = ['ο ασθενής προσέρχεται τακτικά για έλεγχο', 'δεν υπάρχουν άλλα στοιχεία στον φάκελο', 'συζητήθηκε στο ογκολογικό συμβούλιο']
UKRAINIAN_TEXT = ['пацієнт регулярно приходить на огляд', 'інших відомостей у картці немає зовсім', 'обговорено на консиліумі лікарів']
OTHER = {'breast': (TEXT, BREAST), 'lung': (GREEK_TEXT, LUNG), 'prostate': (UKRAINIAN_TEXT, PROSTATE)}
MODALITY = {'MG': 'IMG1000030', 'CT': 'IMG1000026', 'MR': 'IMG1000022'}
MAKER = {'HOLOGIC, Inc.': 'IMG1000064', 'SIEMENS': 'IMG1000044', 'GE MEDICAL SYSTEMS': 'IMG1000047', 'Philips': 'IMG1000046', 'Unknown Ltd': None}
PART = {'BREAST': 'BP1000136', 'CHEST': 'BP1000067', 'PROSTATE': 'BP1000021'}
SIDE = {'L': 'IMG1016670', 'R': 'IMG1016682', '': None}


def person_of(number):
    return f'P{number}'


def days_back(number):
    return int(number) % 40


def moved(date, number):
    return None if date is None else (date - datetime.timedelta(days=days_back(number))).isoformat()


def offset(date, since):
    """Days, or months of 365.25 / 12 days from 1,000 days on."""
    if date is None or since is None:
        return None, None
    days = (datetime.date.fromisoformat(date) - datetime.date.fromisoformat(since)).days
    if abs(days) < 1000:
        return days, 'COM1000153'
    return round(days * 12 / 365.25, 2), 'COM1000154'


def people():
    for number in range(200):
        kind = 'breast' if number < 80 else 'lung' if number < 140 else 'prostate'
        diagnosed = day(2014, 2022)
        one = {'number': str(1001 + number * 7), 'kind': kind, 'diagnosed': diagnosed, 'age': round(RANDOM.uniform(41, 88), 1)}
        pick = lambda heading: RANDOM.choice(list(OTHER[kind][1][heading][1]))
        one['values'] = {heading: pick(heading) for heading, (_, values) in OTHER[kind][1].items() if values}
        one['healthy'] = kind == 'breast' and number % 4 == 3
        after = lambda least, most: diagnosed + datetime.timedelta(days=RANDOM.randrange(least, most))
        one['treated'] = after(20, 120) if RANDOM.random() < 0.7 else None
        one['biopsied'] = after(-20, 5)
        one['size'] = RANDOM.randrange(4, 90)
        one['number_1'] = RANDOM.randrange(5, 95)
        one['number_2'] = round(RANDOM.uniform(0.3, 90), 1)
        one['dose'] = RANDOM.choice([50, 60, 66.6])
        one['text'] = OTHER[kind][0][number % 3]
        studies = []
        for at in range(RANDOM.choice([0, 1, 1, 2, 3])):
            date = after(-30, 15) if at == 0 else after(30, 2600)
            mode, part = {'breast': ('MG', 'BREAST'), 'lung': ('CT', 'CHEST'), 'prostate': ('MR', 'PROSTATE')}[kind]
            uid = f'2.25.{number + 1}{at + 1}'
            maker = RANDOM.choice(list(MAKER))
            sides = ['L', 'R'] if kind == 'breast' else ['']
            studies.append({
                'studyUid': uid, 'date': moved(date, one['number']).replace('-', ''), 'sex': '',
                'series': [{'seriesUid': f'{uid}.{n + 1}', 'number': n + 1, 'description': f'{mode} {side}'.strip(), 'manufacturer': maker,
                            'bodyPart': part, 'laterality': side, 'date': moved(date, one['number']).replace('-', ''), 'modality': mode,
                            'acquisition': acquisition(mode)}
                           for n, side in enumerate(sides)]})
        one['studies'] = studies
        yield one


# How CT and MR were taken, in turn: thin and thick slices, echo times of which one does not fit into the model, and nothing said.
THICKNESS = {'CT': [1, 1.25, 2.5, 5, 0.75, 3], 'MR': [3, 3.5, 4, 3, 3.5, 4, None]}
ECHO = [12, 83.4, 101, 2.46, 1500, None]
TAKEN = {'CT': 0, 'MR': 0}


def acquisition(mode):
    at = TAKEN.get(mode, 0)
    TAKEN[mode] = at + 1
    thickness = THICKNESS.get(mode)
    return {'sliceThicknessMm': thickness and thickness[at % len(thickness)], 'echoTimeMs': ECHO[at % len(ECHO)] if mode == 'MR' else None}


def row_of(one):
    """The row of the table as a person at the registry typed it."""
    values, kind = dict(one['values']), one['kind']
    if kind == 'breast':
        values.update({'Gruppe': 'Screening o.B.' if one['healthy'] else 'Karzinom', 'Fallnr.': one['number'], 'Familienname': 'Muster',
                       'Alter (J.)': comma(one['age'], 1), 'ED am': german(one['diagnosed']), 'Ki67 [%]': str(one['number_1']),
                       'Größe in cm': comma(one['size'] / 10, 1), 'Freitext': one['text'],
                       'OP am': german(one['treated'])})
        if one['treated'] is None:
            values['Operation'] = '-'
        if one['healthy']:
            for heading in BREAST:
                if heading not in ('Fallnr.', 'Familienname', 'Gruppe', 'Geschl.', 'BIRADS', 'Dichte ACR', 'Verstorben', 'Freitext'):
                    values[heading] = RANDOM.choice(['', 'k.A.'])
            values['BIRADS'] = one['values']['BIRADS'] = RANDOM.choice(['1', '2'])
    elif kind == 'lung':
        values.update({'Α/Α Φακέλου': one['number'], 'Ονοματεπώνυμο': 'Παπαδόπουλος', 'Ηλικία (έτη)': comma(one['age'], 1),
                       'Ημερομ. διάγνωσης': slashed(one['diagnosed']), 'Πακέτα/έτη': str(one['number_1']), 'Διάμετρος mm': str(one['size']),
                       'Έναρξη ΑΚΘ': slashed(one['treated']), 'Δόση Gy': '' if one['treated'] is None else comma(one['dose'], 1),
                       'Παρατηρήσεις': one['text']})
    else:
        values.update({'№ картки': one['number'], 'ПІБ': 'Шевченко', 'Вік': comma(one['age'], 1),
                       'Дата встановлення діагнозу': german(one['diagnosed']), 'ПСА нг/мл': comma(one['number_2'], 1),
                       'Гемоглобін, г/л': str(90 + one['number_1']), 'Дата біопсії': german(one['biopsied']), 'Примітки': one['text']})
    return values


class Model:
    """Rows of the tables, numbered over all people in the order of their pseudonyms."""

    def __init__(self):
        self.rows = {table: [] for table in TABLES}

    def add(self, table, **values):
        key = KEY.get(table, f'{table}_id')
        row = dict.fromkeys(COLUMNS[table])
        if key in row and key not in values and table not in ('patient', 'dataset'):
            values[key] = len(self.rows[table]) + 1
        row.update(values)
        assert set(row) == set(COLUMNS[table]), set(row) - set(COLUMNS[table])
        self.rows[table].append(row)
        return row


def expect(model, one):
    number, kind, v, healthy = one['number'], one['kind'], one['values'], one['healthy']
    person = person_of(number)
    c = lambda heading: code(OTHER[kind][1][heading][1][v[heading]])
    patient = model.add('patient', patient_id=person, dataset_id='set')
    if kind == 'breast':
        patient.update(patient_birth_sex=c('Geschl.'), patient_deceased=v['Verstorben'] == 'ja',
                       patient_diagnostic_category='COM1002626' if healthy else 'COM1001087')
    elif kind == 'lung':
        patient.update(patient_birth_sex=c('Φύλο'))
    known = not healthy
    dx = moved(one['diagnosed'], number) if known else None
    condition = tumor = None
    if known:
        disease = {'breast': 'CLIN1000060', 'lung': 'CLIN1000065', 'prostate': 'CLIN1000075'}[kind]
        condition = model.add('cancer_condition', patient_id=person, cancer_condition_age_at_diagnosis=one['age'],
                              cancer_condition_age_unit='COM1000151', cancer_condition_asserted_date=dx, cancer_condition_code=disease)
        if kind != 'prostate':
            condition['cancer_condition_histology_morphology'] = c('Histo' if kind == 'breast' else 'Ιστολογική')
            tumor = model.add('tumor', patient_id=person, cancer_condition_id=condition['cancer_condition_id'],
                              tumor_size_maximum_dimension=one['size'], tumor_size_dimension_unit='COM1000152')
            if kind == 'breast':
                tumor['tumor_body_site_laterality'] = c('Seite')
    cid = condition and condition['cancer_condition_id']
    tid = tumor and tumor['tumor_id']
    marker = lambda what, **value: model.add('tumor_marker_test', patient_id=person, tumor_marker_test_code=what, **value)
    treated = moved(one['treated'], number) if known and kind != 'prostate' else None
    treatment = None
    if kind == 'breast':
        if known:
            model.add('histologic_grade', cancer_condition_id=cid, patient_id=person, histologic_grade_code='CLIN1037301',
                      histologic_grade_value_as_concept=c('G'))
            marker('CLIN1045815', tumor_marker_test_as_concept=c('Östrogenrez.'))
            marker('CLIN1046085', tumor_marker_test_as_concept=c('PgR'))
            marker('CLIN1045851', tumor_marker_test_as_concept=c('Her2/neu'))
            marker('CLIN1045913', tumor_marker_test_as_number=one['number_1'], tumor_marker_test_as_unit='COM1000161')
        model.add('risk_assessment', tumor_id=tid, patient_id=person, risk_assessment_code='IMG1005459',
                  risk_assessment_value_as_concept=c('BIRADS'))
        model.add('tumor_observation', tumor_id=tid, patient_id=person, tumor_observation_code='IMG1016347',
                  tumor_observation_value_as_concept=c('Dichte ACR'))
        if treated:
            treatment = model.add('treatment', patient_id=person, treatment_type='CLIN1004413')
            days, unit = offset(treated, dx)
            model.add('surgical_procedure', treatment_id=treatment['treatment_id'], surgical_procedure_code=c('Operation'),
                      surgical_procedure_date=treated, surgical_procedure_offset_from_diagnosis=days,
                      surgical_procedure_offset_from_diagnosis_unit=unit)
    elif kind == 'lung':
        model.add('cancer_stage', cancer_condition_id=cid, cancer_stage_code='CLIN1031313', cancer_stage_scoring_system='CLIN1033314',
                  cancer_stage_as_concept=c('Στάδιο'))
        model.add('medical_history', patient_id=person, medical_history_code='CLIN1004528', medical_history_value_as_concept=c('Κάπνισμα'))
        model.add('medical_history', patient_id=person, medical_history_code='CLIN1056702', medical_history_value_as_number=one['number_1'])
        if treated:
            treatment = model.add('treatment', patient_id=person, treatment_type='CLIN1014933')
            days, unit = offset(treated, dx)
            model.add('radiotherapy', treatment_id=treatment['treatment_id'], radiotherapy_start_date=treated,
                      radiotherapy_offset_from_diagnosis=days, radiotherapy_offset_unit=unit, radiotherapy_total_dose=one['dose'],
                      radiotherapy_dose_unit='Gy')
    else:
        grade = lambda what, heading, **more: model.add('histologic_grade', cancer_condition_id=cid, patient_id=person,
                                                        histologic_grade_code=what, histologic_grade_value_as_concept=c(heading), **more)
        grade('CLIN1037294', 'Глісон', histologic_grade_scoring_system='CLIN1037294')
        grade('CLIN1037300', 'Група ISUP')
        marker('CLIN1033410', tumor_marker_test_as_number=one['number_2'], tumor_marker_test_as_unit='COM1000156')
        model.add('risk_assessment', patient_id=person, risk_assessment_code='IMG1005457', risk_assessment_value_as_concept=c('PI-RADS'))
        model.add('family_member_history', patient_id=person, family_member_condition_code='CLIN1048388',
                  family_member_condition_present=v['Сімейний анамнез'] == 'так')
        model.add('lab_test_result', patient_id=person, lab_test_code='CLIN1033419',
                  lab_test_value_as_number=round((90 + one['number_1']) / 10, 2), lab_test_value_unit='COM1001963')
        biopsied = moved(one['biopsied'], number)
        days, unit = offset(biopsied, dx)
        model.add('procedure', cancer_condition_id=cid, procedure_code='CLIN1001712', procedure_date=biopsied,
                  procedure_offset_from_diagnosis=days, procedure_offset_unit=unit)
    # Examinations, by day.
    studies = sorted(one['studies'], key=lambda study: (study['date'], study['studyUid']))
    counts = {}
    events = []
    diagnosis = ('GEN1000008', dx, None, 'cancer_condition', cid) if known else None
    therapy = ('GEN1000007', treated, treated, 'treatment', treatment['treatment_id']) if treatment else None
    for start in sorted([one_ for one_ in (diagnosis, therapy) if one_], key=lambda e: (e[1], e[0])):
        events.append(start)
    base = len(model.rows['episode'])
    number_of = {event[0]: base + at + 1 for at, event in enumerate(events)}
    for study in studies:
        date = f"{study['date'][:4]}-{study['date'][4:6]}-{study['date'][6:]}"
        episode = None
        if known:
            episode = 'GEN1000007' if treated and date >= treated else 'GEN1000008'
        counts[episode] = counts.get(episode, 0) + 1
        mode = study['series'][0]['modality']
        procedure = None
        days, unit = offset(date, dx)
        if known:
            procedure = model.add('procedure', cancer_condition_id=cid, procedure_code=MODALITY[mode], procedure_category='GEN1000023',
                                  procedure_date=date, procedure_offset_from_diagnosis=days, procedure_offset_unit=unit,
                                  ImagingTimepoint=counts[episode], Episode=number_of[episode])
        row = model.add('image_study', patient_id=person, study_uid=study['studyUid'], ImagingTimepoint=counts[episode],
                        procedure_id=procedure and procedure['procedure_id'], study_offset_from_diagnosis=days, study_offset_unit=unit)
        for series in study['series']:
            entry = model.add('image_series', series_uid=series['seriesUid'], study_uid=study['studyUid'], study_id=row['study_id'],
                      series_number=series['number'], series_description=series['description'], series_modality=MODALITY[mode],
                      series_manufacturer=MAKER[series['manufacturer']], series_body_side_code=PART[series['bodyPart']],
                      series_body_side_laterality=SIDE[series['laterality']], series_acquisition_date=date)
            # As EUCAIM's transformation fills it: a row for each parameter of the two that it knows.
            for value, concept, unit in ((series['acquisition']['sliceThicknessMm'], 'IMG1016306', 'COM1000152'),
                                         (series['acquisition']['echoTimeMs'], 'IMG1016641', 'COM1001955')):
                if value is not None and value < 1000:
                    model.add('image_modality', series_uid=series['seriesUid'], series_id=entry['series_id'], acquisition_parameter_code=concept,
                              acquisition_parameter_value_as_number=float(value), acquisition_parameter_value_unit=unit)
    for at, (what, start, end, table, event) in enumerate(events):
        days, unit = offset(start, dx)
        model.add('episode', patient_id=person, episode_type_code=what, episode_number=at + 1, episode_start_date=start, episode_end_date=end,
                  episode_offset_from_diagnosis=days, episode_offset_unit=unit,
                  episode_parent_id=number_of['GEN1000008'] if what != 'GEN1000008' else None)
        model.add('episode_event', episode_id=base + at + 1, event_table_id=event, event_table_name=table)
    if condition:
        condition['Episode'] = number_of['GEN1000008']
    if treatment:
        treatment['Episode'] = number_of['GEN1000007']
        for table in ('surgical_procedure', 'radiotherapy'):
            if model.rows[table] and model.rows[table][-1]['treatment_id'] == treatment['treatment_id']:
                model.rows[table][-1]['Episode'] = number_of['GEN1000007']
    if kind == 'prostate':
        [biopsy] = [row for row in model.rows['procedure'] if row['cancer_condition_id'] == cid and row['procedure_code'] == 'CLIN1001712']
        biopsy['Episode'] = number_of['GEN1000008']


def cell(value):
    if value is None:
        return ''
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, float):
        return f'{value:.2f}'.rstrip('0').rstrip('.')
    return f'"{value}"' if ',' in str(value) else str(value)


def main():
    everybody = list(people())
    labels = {}
    for kind, name, separator, encoding in (('breast', 'brust-register.csv', ';', 'cp1252'), ('lung', 'pnevmonas.csv', ';', 'cp1253'),
                                             ('prostate', 'prostata.csv', ';', 'utf-8-sig')):
        columns = OTHER[kind][1]
        lines = [list(columns)]
        own = [one for one in everybody if one['kind'] == kind]
        for one in own:
            row = row_of(one)
            lines.append([row.get(heading, '') for heading in columns])
            # Some rows stand there twice.
            if int(one['number']) % 11 == 0:
                lines.append(lines[-1])
        text = '\r\n'.join(separator.join(f'"{value}"' if separator in value else value for value in line) for line in lines) + '\r\n'
        (OUT / name).write_bytes(text.encode(encoding))
        labels[name] = {
            'columns': {heading: element for heading, (element, _) in columns.items()},
            'values': {heading: {value: code(to) if not to in ('true', 'false') or element == 'deceased' else
                                 {'true': 'COM1001363', 'false': 'COM1001078'}[to] for value, to in values.items()}
                       for heading, (element, values) in columns.items() if values}}
    (OUT / 'labels.json').write_text(json.dumps(labels, ensure_ascii=False, indent=1) + '\n')
    (OUT / 'images.json').write_text(json.dumps({person_of(one['number']): one['studies'] for one in everybody if one['studies']}) + '\n')
    model = Model()
    model.add('dataset', dataset_id='set')
    for one in sorted(everybody, key=lambda one: person_of(one['number'])):
        expect(model, one)
    expected = OUT / 'expected'
    expected.mkdir(exist_ok=True)
    for table in TABLES:
        lines = [','.join(COLUMNS[table])] + [','.join(cell(row[column]) for column in COLUMNS[table]) for row in model.rows[table]]
        (expected / f'set_{table}.csv').write_text('\n'.join(lines) + '\n')
    print({table: len(rows) for table, rows in model.rows.items() if rows})


main()
