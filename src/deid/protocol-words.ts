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
mediastinal mediastinum hilar hilum hila perihilar apical apex apices basal base bases basilar costophrenic cardiophrenic diaphragm
diaphragmatic trachea tracheal bronchus bronchi bronchial bronchiectasis bronchogram carina pleura pericardium pericardial ventricle
atrium valve septum myocardium myocardial infarct infarction ischemia ischaemia aneurysm dissection embolism embolus thrombus
thrombosis arteries aneurysms carotid vertebral subclavian iliac femoral popliteal renal hepatic splenic mesenteric celiac jugular
cava azygos duct ducts ductal lobular lobule acini parenchyma parenchymal interstitial reticular reticulonodular alveolar airspace
ground glass honeycombing cavity cavitary cavitation cavitating granuloma granulomatous scar scarring adhesion thickening thickened
blunting blunted elevated elevation enlarged enlargement widened widening narrowed narrowing displaced displacement deviated deviation
shift shifted tortuous calcified ossified sclerotic lytic destructive degenerative osteophyte osteophytes spondylosis scoliosis
kyphosis lordosis rib ribs clavicle scapula sternum vertebra vertebrae disc discs thigh thighs calf leg legs arm arms finger fingers toe
toes heel mandible maxilla orbit orbits sinus sinuses mastoid temporal frontal parietal occipital cerebellum cerebral cerebellar brainstem
pituitary sella pons medulla cord canal foramen nerve nerves muscle muscles tendon ligament meniscus cartilage joint joints bursa skin
subcutaneous fascia fossa inguinal groin perineum perineal scrotum testis testes testicular ovary ovaries ovarian uterus uterine
endometrium endometrial cervix cervical vagina vaginal bladder urethra urethral ureter ureters kidney adrenal adrenals
pancreatic biliary bile gallbladder gall stone stones cholelithiasis nephrolithiasis appendix appendicitis cecum caecum ileum jejunum
duodenum sigmoid anus anal peritoneum peritoneal retroperitoneal omentum ascites hernias thyroid parathyroid parotid salivary larynx
laryngeal pharynx nasopharynx tongue tonsil lymphadenopathy adenopathy lymphoma sarcoma melanoma myeloma leukaemia leukemia glioma
meningioma adenoma adenocarcinoma papilloma lipoma hamartoma haematoma hematoma abscess seroma necrosis necrotic spiculated spiculation
lobulated irregular regular round oval circumscribed ill defined well indistinct obscured microlobulated angular margin margins shape
architectural focal diffuse regional segmental linear clustered cluster grouped branching pleomorphic amorphous punctate popcorn rim
rimlike milk calcium vascular suture dystrophic skin nipple retraction retracted trabecular edematous intramammary
placement placed position positioning positioned technique technical limited complete incomplete partial total combined combo package
set sets group type types size sizes number numbers count length width depth area volume volumes volumetric diameter thick thickness
algorithm algorithms processed unprocessed enhanced magnified collimated collimation exposure exposed overexposed underexposed artifact
artefact artifacts artefacts noise motion blur rotated rotation tilt tilted angulation angulated centered centred cut off cutoff
included excluded repeat repeated rejected reject accepted acceptable adequate inadequate good fair poor excellent suboptimal optimal
satisfactory unsatisfactory quality control phantom daily weekly monthly annual yearly calibration flat field uniformity
intravenous intraarterial intrathecal rectal enema barium swallow meal air double bolus timing injection injected rate flow rest stress
pharmacologic adenosine dobutamine regadenoson glucose fasting hydration premedication
skull thigh base mid vertex eyes whole half body trunk extremity extremities upper lower limb limbs
before during after since until about around between within without along across through via per each either neither both any some many
more most less least few several much very also however therefore because if then else when where which who whose what how this that these
those there here it its they their them he she his her we our us you your my be been being was were will would should could can may might
must have has had having do does did done see seen show shows showed shown demonstrate demonstrates suggest suggests suggestive suspected
suspicion consider considered consistent compatible evaluate evaluation assess assessment rule out ruled exclude confirm confirmed
evidence unremarkable remarkable stable unchanged unchanging interval change changes changed increase increased increasing decrease
decreased decreasing improve improved improvement worsen worsened worsening resolve resolved resolution resolving persistent residual
chronic acute subacute mild moderate severe marked minimal slight significant possible probable likely unlikely definite certain uncertain
please call note notes see attached advised recommend recommended recommendation further correlation clinically correlate routine urgent
stat asap annual biennial monthly short term long recall return callback recalled additional extra supplementary second opinion reading
read reader double arbitration consensus outside hospital import imported external internal department room unit clinic centre center
patient patients woman women man men female male adult child children infant newborn pediatric paediatric pregnant pregnancy lactating
breastfeeding menopausal premenopausal postmenopausal hormone therapy oestrogen estrogen receptor positive negative triple her2 brca
known unknown history family personal previous past present years old age aged symptomatic asymptomatic screening programme program
round rounds invited attended first subsequent prevalent incident
cancer cancers carcinomas tumors tumours lumps cysts fibroadenomas papillomas biopsies core needle fine aspiration fna vab guided guide
guidance marker markers clips wires localised localized seed seeds radioactive iodine magnetic excision excised reexcision sentinel
axillary dissection reconstruction reconstructed flap implant implants silicone saline rupture capsular contracture augmentation
reduction mammoplasty prosthetic expander
lung lungs pulmonary nodule nodules ggo ggn solid part partsolid subsolid perifissural fissure fissural fissures subpleural
juxtapleural central peripheral upper middle lower lingula lingular right left rul rml rll lul lll
pneumonectomy lobectomy wedge thoracotomy sternotomy cabg pacemaker icd lead leads picc cvc ett ngt tube tubes tip swan ganz iabp drains
oxygen ventilated intubated extubated supine semierect portable bedside
peripheral zone transition central seminal vesicle vesicles extracapsular extension epe svi neurovascular bundle apex base midgland
gland glands pirad psma choline bone pelvic nodes prostatitis hyperplasia bph turp brachytherapy seeds fiducial fiducials endorectal coil
axial coronals sagittals obliques localizers scouts thin thins mpr mprs mip mips vr vrt 3d 4d 2d cor sag tra tirm bffe thrive
ethrive lava flex cube bravo fspgr ideal dixons in_phase out_phase wfs tof pc phasecontrast swi gre3d medic ciss dess truefisp
resolve zoomit readout segmented multishot single shot navigators navigated prospective retrospective gating
weighted weighting proton spin echo gradient inversion recovery saturation suppressed suppression saturated diffusion apparent coefficient
kinetic curve curves washout wash plateau persistent subtraction subtractions timepoints early peak
monoenergetic spectral iodine map maps virtual noncontrast dual energy kev perfusion angio angiography angiogram venography
arteriography runoff bolus tracking monitoring premonitoring
do da dos das de del della delle degli dei il la le lo el los las un una uno e y o et per por para pelo pela no na nos nas em en
ao aos com sin sobre entre após antes depois durante segundo primeiro rastreio rastreo bilateral unilateral antero posterior anterior
póstero posteroanterior decúbito ortostatismo ambas incidências projeção projeções ampliação compressão localizada ecográfica biópsia
marcador pós pré operatório operatória controle urgência rotina nódulos massa massas calcificação microcalcificações densidade assimetria
distorção derrame pleural pneumonia consolidação opacidade fratura metástases cancro câncer carcinoma tumor mastectomia próteses implantes
aparelho digestivo rim rins fígado baço pâncreas bexiga útero ovários cervical dorsal lombar sacro mão pé punho tornozelo cotovelo braço
perna coxa crânio seios face
biopsia ecografico mammografico screening secondo primo livello approfondimento ingrandimento compressione mirata proiezione proiezioni
cranio caudale medio laterale obliqua obliquo torax rachide dorsale lombare mano piede polso caviglia gomito braccio gamba coscia fegato
milza pancreas vescica rene reni utero ovaie versamento pleurico addensamento opacità frattura linfonodo linfonodi ascella ascellare
densità massa masse microcalcificazioni distorsione protesi mastectomia quadrantectomia follow completo superiore inferiore
mamografía cribado proyección proyecciones craneocaudal oblicuas medio magnificación compresión localizada biopsia ganglio ganglios
axila axilar densidad microcalcificaciones distorsión derrame neumonía consolidación opacidad fractura hígado bazo páncreas vejiga riñón
riñones útero ovarios dorsal mano pie muñeca tobillo codo brazo pierna muslo prótesis mastectomía seguimiento completo
mammographie mammografie tomosynthese screening früherkennungsprogramm kurativ kurative zusatzaufnahme zusatzaufnahmen vergrößerung
vergrößerungsaufnahme kompression schrägaufnahme kraniokaudal mediolateral oblique ebene ebenen zwei drei eine einer einem eines im am an
auf aus bei bis durch für gegen nach oder seit über um unter vom von vor zu zum zur zwischen kein keine nicht sowie ggf bzw
computertomographie magnetresonanztomographie sonographie ultraschall ganzkörper halswirbelsäule brustwirbelsäule lendenwirbelsäule hws
bws lws schulter ellenbogen handgelenk oberarm unterarm oberschenkel unterschenkel sprunggelenk becken nieren harnblase gebärmutter
eierstöcke lymphknoten axilla achsel dichte verdichtung verschattung erguss pneumonie fraktur metastasen karzinom tumor befund unauffällig
verdacht auf ausschluss postoperativ präoperativ biopsie stanzbiopsie vakuumbiopsie markierung drahtmarkierung prothese ablatio
brusterhaltende therapie chemotherapie strahlentherapie arterielle venöse portalvenöse phase phasen dünnschicht
rückseite hochkant
προληπτική διαγνωστική αμφοτερόπλευρη αμφω δεξιού αριστερού μαστογραφίας τομοσύνθεση υπερηχογράφημα υπέρηχος υπέρηχοι ακτινογραφίας
ακτινογραφίες αξονικής μαγνητικής τομογραφίας θωρακική θωρακικής αυχενική οσφυϊκή μοίρα σπονδυλική στήλη κρανίο γόνατος γόνατο ισχίου ισχίο
ώμου ώμος χειρός ποδός κάτω σκέλος άκρο ήπαρ ήπατος σπλήνας πάγκρεας νεφρός νεφρών ουροδόχος κύστη μήτρα ωοθήκες λεμφαδένες μασχάλη πυκνότητα
σκίαση πύκνωση πλευριτική συλλογή πνευμονία κάταγμα μεταστάσεις καρκίνος καρκίνου μάζα βιοψία πρόσθεση μετά πριν για από σε στο στη στον
στην το η ο οι τα δύο λήψεις λήψη προβολή όψη face profil κατακεκλιμένη όρθια
мамографії скринінгова скринінгове діагностична обстеження дослідження томосинтез томографія комп'ютерна магнітно резонансна
ультразвукове узд рентгенограма рентгенографії органів грудна клітина клітини легенів серце печінка печінки селезінка підшлункова нирки
нирок сечовий міхур матка яєчники лімфатичні вузли пахвові щільність ущільнення вогнище вогнища затемнення випіт плевральний пневмонія
перелом метастази рак раку пухлина пухлини новоутворення біопсія протез після до для від на у в та і або не фаза артеріальна
венозна відстрочена шийний поперековий відділ хребта колінний плечовий кульшовий суглоб суглоба кисть стопа череп двобічна обидві
presejalna diagnostična dojk obeh ultrazvok ultrazvočni tomosinteza računalniška magnetna resonanca srce jetra vranica trebušna slinavka
ledvice sečni mehur maternica jajčniki bezgavke pazduha gostota zgostitev senca plevralni izliv pljučnica zlom zasevki rak raka tumor
biopsija proteza po pred za od do v na in ali ne faza arterijska venska vratna ledvena rame gleženj zapestje komolec roka noga obojestransko
przesiewowa przesiewowej diagnostyczna diagnostyczne obustronna mammografii tomosynteza tomografia komputerowa rezonans magnetyczny
ultrasonografia klatce serca serce wątroba wątroby śledziona trzustka nerki nerek pęcherz moczowy macica jajniki węzły chłonne pachowe
gęstość zagęszczenie zacienienie wysięk opłucnowy zapalenie płuc złamanie przerzuty rak raka guz guza biopsja proteza po przed dla od do
w na i lub nie faza tętnicza żylna odcinek szyjny lędźwiowy piersiowy staw kolanowy barkowy biodrowy ręka stopa czaszka projekcja skośna
boczne przednio tylne
patikrinė profilaktinė diagnostinė abiejų abipusė mamogramos tomosintezė kompiuterinė tomografija magnetinio rezonanso ultragarsas
ultragarsinis širdis širdies kepenys kepenų blužnis kasa inkstai inkstų šlapimo pūslė gimda kiaušidės limfmazgiai pažasties tankis
sutankėjimas šešėlis pleuros skystis pneumonija lūžis metastazės vėžys vėžio navikas biopsija protezas po prieš iš į ir arba ne fazė
arterinė veninė kaklinė juosmeninė stuburo stuburas kelio peties klubo sąnarys plaštaka pėda priekinė įstrižinė projekcija tiesioginė
sõeluuringu diagnostiline mõlema mõlemad mammograafiline tomosüntees kompuutertomograafia magnetresonantstomograafia ultraheli süda
maks põrn kõhunääre neerud põis emakas munasarjad lümfisõlmed kaenla tihedus varjustus pleura efusioon kopsupõletik luumurd metastaasid
vähk kasvaja biopsia protees pärast enne ja või ei faas arteriaalne venoosne lülisammas põlv õlg puus käsi jalg kolju

dxa dexa densitometry fdg wholebody lordotic survey skeletal sinuses urogram ducto mammaria mammarie mammario bilaterale bilaterali
computarizada computadorizada computerizada resonancia magnetica magnética calcium scoring score agatston fluoroscopy fluoro swallow
barium enema myelogram arthrogram arthro cysto vcug hsg ivp ivu kub erect decubs oblique swimmers sunrise merchant tunnel frog odontoid
openmouth flexion extension inversion eversion valgus varus weightbearing nonweightbearing standing stress comparison bilat
lumbosacral thoracolumbar cervicothoracic coccyx sacrum sacroiliac symphysis acetabulum patella calcaneus talus navicular carpal
metacarpal metatarsal phalanx radius ulna olecranon glenoid acromion coracoid humeral femoral tibial
panorex panoramic cephalometric dental teeth tooth tmj soft tissue neck airway adenoids
enterography enteroclysis urography colonoscopy endoscopy bronchoscopy cystoscopy ercp ptc tips tace rfa ablation cryoablation embolization
embolisation thrombolysis angioplasty stenting drainage paracentesis thoracentesis biopsy nephrostomy gastrostomy
venous lower extremity duplex carotid renal transplant obstetric ob fetal foetal nuchal anatomy biophysical viability
gynecologic transvaginal transabdominal transrectal trus scrotal soft elastography fibroscan shearwave
mrcholangiopancreatography defecography fistula perianal plexus brachial temporal bones iac orbits pituitary spectroscopy fmri tractography
arthrography neurography urethrogram sialogram dacryocystogram lymphoscintigraphy scintigraphy hida mag3 dmsa muga thyroid uptake bone
scan gallium octreotide mibg datscan amyvid ventilation quotient vq
rinnanaarmete rinnanäärmete rinnanäärme piimanäärme echoskopija krūtų echo echokardiografija krūtis
piersi piersiowych sutka sutki sutków rezonans magnetyczna
mastos mammae mammaria thoracis abdominis

порожнини порожнина durchleuchtung rentgensko prsnih organov skriningowa skriningowe mamária mamárias scaphoid trauma pan ψηφιακή ψηφιακής
`;
