/**
 * Words of examination and series descriptions that are no attribute or concept names: views, sequences, contrast,
 * techniques, body parts, everyday words of a protocol; English first, then the network's languages.
 */
export const PROTOCOL_WORDS = `
ap pa lat lateral lao rao lpo rpo ll rl lt rt li re bilat bilateral unilateral oblique axial ax cor coronal sag sagittal tra transversal
obl supine prone decub decubitus erect standing sitting upright left right anterior posterior superior inferior medial proximal
distal upper lower mid middle cranial caudal cc mlo ml lm lmo xcc xccl xccm cv rmlo lmlo rcc lcc rxccl lxccl rml lml implant displaced
id rolled spot mag magnification tangential cleavage axillary tail nipple profile tomo tomosynthesis dbt ffdm cview synthetic
projection projections screening diagnostic mammo mammogram mammography galactography ductography specimen needle localisation
localization wire clip stereotactic stereo biopsy vacuum core marker postbiopsy
ct cta ctpa ldct hrct mr mri mra mrv mrcp mpmri mp pet spect nm us usg uss cr dr dx rf xa xr mg sc cad dose rdsr report sr kos seg
scout topo topogram localizer localiser survey loc pilot calibration reference ref test phantom qa qc service
t1 t2 pd se fse tse gre ge ffe tfe spgr vibe flash fiesta trufi ssfse haste propeller blade space mprage epi dwi diff ep2d ep3d adc dti dce dsc perf
perfusion diffusion stir flair fs fatsat fat sat spair dixon water wat inphase outphase opp opposed in out phase phases trace
trak tracew exp eadc calc calculated subtraction sub subtracted mip minip mpr recon reconstruction reconstructed reformat reformatted
ir fbp asir idose admire safire kernel soft hard sharp smooth standard std bone lung mediast mediastinum window brain abdomen wb
whole body part parts chest thorax thoracic abd pelvis pelvic neck head skull spine cervical lumbar sacral knee hip shoulder ankle
wrist elbow hand foot femur tibia fibula humerus forearm breast breasts prostate prostatic gland liver kidney kidneys spleen pancreas
bladder bowel colon colonography rectum rectal stomach oesophagus esophagus heart cardiac coronary aorta aortic pulmonary vessel
vessels vein venous artery arterial portal delayed late early pre post native plain noncontrast contrast enhanced unenhanced nativ
iv oral gad gd gado gadolinium dotarem gadovist magnevist multihance omniscan primovist prohance clariscan omnipaque visipaque
ultravist iomeron isovue optiray xenetix iopamiro imeron accupaque fdg psma dotatate choline fluciclovine buscopan
with without w wo wwo and or of the for from to on at by no not non is are as a an in into over under before after during between
than only all both each every same other new old first second third one two three four five six single double multi dual low high
small large thin thick fine coarse slow fast quick long short full half zero
mm cm ml mg kv kvp ma mas msec ms sec s min hz mhz tesla deg degrees percent x vs
view views image images imaging picture frame frames slice slices slab thickness stack series study exam examination scan scans
acquisition protocol routine emergency portable mobile bedside ward icu outpatient inpatient follow followup up control baseline
initial final primary secondary derived original axis plane volume surface time timepoint tp visit year years month months week
weeks day days hour hours interval prior previous current compare comparison comparative
lossy lossless compressed compression uncompressed irreversible reversible near jpeg jpg rle jls htj png tiff mpeg quality factor ratio
baseline ijg conversion converted scaled resampled resized cropped rotated flipped inverted stored processed processing raw presentation
software output use investigational research purpose purposes diagnosis diagnostic demonstration features simple structured reporting
templates document resolution rows columns pixels bits rgb ybr palette color colour mono monochrome grey gray
mass masses lesion lesions nodule nodules opacity opacities calcification calcifications microcalcifications micro macro distortion
asymmetry density dense fatty scattered heterogeneous cyst cystic solid fibroadenoma fibroma ossifying carcinoma cancer tumor tumour
neoplasm malignant malignancy benign suspicious normal abnormal negative positive indeterminate finding findings impression
history indication reason clinical symptom symptoms pain palpable lump discharge family risk cough fever dyspnea dyspnoea
haemoptysis hemoptysis smoker smoking copd asthma pneumonia tuberculosis tb covid effusion pleural pneumothorax atelectasis
consolidation infiltrate infiltration emphysema fibrosis oedema edema cardiomegaly hernia fracture fractures metastasis metastases
metastatic mets staging restaging stage recurrence recurrent progression regression response treatment therapy chemo chemotherapy
radiotherapy radiation surgery surgical postoperative preoperative postop preop lumpectomy mastectomy prostatectomy lobectomy
resection implants prosthesis stent catheter pacemaker port drain tube line lines hardware screw plate ulcer prepyloric gastric
birads bi rads pirads lungrads pi gleason psa tnm grade score category acr iso dicom ihe hl loinc snomed
left-right lobe lobes segment quadrant uoq uiq loq liq retroareolar areolar subareolar axilla lymph node nodes
vb dlp ctdi fov tr te ti fa nex nsa etl bw matrix gap pitch
gr sag3d ax3d dyn dynamic static cine loop real realtime doppler color power elasto elastography
breath hold breathhold bh free breathing insp inspiration exp expiration gated gating ecg triggered trig resp respiratory motion corrected
correction uncorrected nac ac attenuation filtered filter unfiltered edge enhanced enhancement early
lunge brust mamma mammographie thorax becken kopf hals schaedel schädel wirbelsäule bauch oberbauch unterbauch knie hüfte schulter hand
fuß links rechts beidseits beidseitig seitlich liegend stehend aufnahme untersuchung nativ kontrastmittel km ohne mit und der die das
arteriell venös spät kontrolle verlauf nachsorge früherkennung vorsorge übersicht röntgen herd rundherd verkalkung mikrokalk
leber niere milz prostata abdomen ganzkörper knochen weichteil lunge
θώρακας θώρακα θώρακος μαστός μαστού μαστοί μαστών μαστογραφία ακτινογραφία αξονική μαγνητική τομογραφία πνεύμονας πνεύμονα
πνευμόνων προστάτης προστάτη κοιλία κοιλίας άνω κάτω πύελος πυέλου κεφαλή κεφαλής αριστερά αριστερός αριστερού δεξιά δεξιός δεξιού
πλάγια πλαγία λοξή οπίσθια πρόσθια οπισθοπρόσθια προσθοπίσθια χωρίς με σκιαγραφικό έλεγχος προληπτικός εξέταση όζος όγκος αποτιτανώσεις
και του της των
prsni koš prsi dojka dojke dojki mamografija pljuča pljuč prostate trebuh medenica glava vrat levo desno leva desna stranska slika
slikanje pregled kontrola brez s kontrastom presejanje rentgen hrbtenica koleno rama kolk
грудна клітка грудної клітки легені легень легеня молочна залоза молочної залози молочних залоз мамографія рентгенографія рентген
передміхурова передміхурової простата черевна порожнина таз голова шия ліва лівий права правий зліва справа пряма бічна проекція
косо контраст контрастом без з скринінг огляд контроль кт мрт пет узд оглядова
tórax torax mama mamas mamografia mamografía pulmão pulmões pulmonar próstata prostata abdómen abdome pélvis pelve crânio cabeça pescoço
coluna joelho anca ombro esquerda esquerdo direita direito perfil oblíqua incidência frente face contraste sem com rastreio rastreamento
controlo exame ecografia radiografia tomografia ressonância nódulo calcificações
krūtinė krūtinės ląsta ląstos plaučiai plaučių krūtis krūties krūtų mamografija prostatos pilvas pilvo dubuo dubens galva galvos kaklas
kairė kairės dešinė dešinės šoninė tiesinė kontrastas kontrastu be su patikra tyrimas kontrolė rentgenas rentgenograma
klatka klatki piersiowa piersiowej płuca płuc piersi pierś mammografia prostaty stercz stercza brzuch brzucha jama brzuszna miednica
miednicy głowa głowy szyja szyi kręgosłup kolano biodro bark lewa lewy prawa prawy boczna boczne skośna przeglądowe zdjęcie badanie
kontrastem bez z i kontrola przesiewowe rtg tk mr usg guzek zwapnienia
torace mammella mammelle seno mammografia polmone polmoni polmonare addome pelvi bacino cranio testa collo colonna ginocchio anca spalla
sinistra sinistro destra destro laterale obliqua senza con contrasto mdc esame controllo radiografia ecografia tomografia risonanza nodulo
calcificazioni basale
pecho mamas pulmón pulmones abdomen pelvis cráneo cabeza cuello columna rodilla cadera hombro izquierda izquierdo derecha derecho lateral
oblicua sin con contraste cribado control examen radiografía ecografía tomografía resonancia nódulo calcificaciones simple
rindkere rindkeha rind rinnad rinna mammograafia kops kopsud kopsude eesnääre eesnäärme kõht vaagen pea kael vasak vasaku parem parema
külgvõte otsevõte uuring kontroll kontrastiga kontrastita sõeluuring röntgen ülevaade
`;
