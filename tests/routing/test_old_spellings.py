"""Places in the spelling of the Postal Map, of Wade-Giles and of Cantonese: read, or asked where several share it."""

import pytest

from routing.places import find_place

pytestmark = pytest.mark.django_db

PROVINCES = """
Peking=110000 Peiping=110000 Tientsin=120000 Chungking=500000 Chihli=130000 Hopei=130000 Hopeh=130000
Shansi=140000 Shensi=610000 Shantung=370000 Honan=410000 Kansu=620000 Tsinghai=630000 Ninghsia=640000
Sinkiang=650000 Kiangsu=320000 Anhwei=340000 Chekiang=330000 Fukien=350000 Kiangsi=360000 Hupeh=420000
Hupei=420000 Kwangtung=440000 Kwangsi=450000 Szechwan=510000 Szechuan=510000 Kweichow=520000 Heilungkiang=230000
Kirin=220000 Fengtien=210000 Tibet=540000 Yünnan=530000 Kuangtung=440000 Szuch'uan=510000
"""
CITIES = """
Canton=440100 Amoy=350200 Swatow=440500 Foochow=350100 Ningpo=330200 Hangchow=330100 Soochow=320500 Nanking=320100
Wusih=320200 Chinkiang=321100 Yangchow=321000 Hsuchow=320300 Nantung=320600 Wenchow=330300 Shaohing=330600
Kashing=330400 Huchow=330500 Kinhwa=330700 Tsingtao=370200 Tsinan=370100 Chefoo=370600 Weihaiwei=371000
Weihsien=370700 Dairen=210200 Mukden=210100 Antung=210600 Newchwang=210800 Harbin=230100 Tsitsihar=230200
Kiamusze=230800 Mutankiang=231000 Hsinking=220100 Paoting=130600 Kalgan=130700 Chinwangtao=130300
Shihkiachwang=130100 Tatung=140200 Paotow=150200 Huhehot=150100 Sian=610100 Paoki=610300 Yenan=610600
Lanchow=620100 Sining=630100 Yinchwan=640100 Urumchi=650100 Chengtu=510100 Tzekung=510300 Suifu=511500
Tsunyi=520300 Kweiyang=520100 Yunnanfu=530100 Mengtsz=532500 Kweilin=450300 Liuchow=450200 Wuchow=450400
Pakhoi=450500 Yamchow=450700 Hankow=420100 Wuchang=420100 Ichang=420500 Shasi=421000 Siangyang=420600
Hengchow=430400 Yochow=430600 Changteh=430700 Siangtan=430300 Kaifeng=410200 Chengchow=410100 Loyang=410300
Kiukiang=360400 Kingtehchen=360200 Hofei=340100 Anking=340800 Pengpu=340300 Tunki=341000 Chuanchow=350500
Putien=350300 Lungyen=350800 Fatshan=440600 Kongmoon=440700 Waichow=441300 Shiuhing=441200 Shiukwan=440200
Chaochow=445100 Kityang=445200 Swabue=441500 Meihsien=441400 Yeungkong=441700 Tungkun=441900 Chungshan=442000
Shumchun=440300 Kwangchowwan=440800 Hoihow=460100 Kiungchow=460100
"""
SHARED = {
    "Suchow": {"320300", "320500"},
    "Changchow": {"320400", "350600"},
    "Taichow": {"321200", "331000"},
    "Chuchow": {"331100", "341100", "430200"},
    "Fuchow": {"350100", "361000"},
    "Ichun": {"230700", "360900"},
    "Kanchow": {"360700", "620700"},
    "Luchow": {"340100", "510500"},
    "Pingsiang": {"360300", "451400"},
    "Tsining": {"150900", "370800"},
}


def table(rows):
    return [tuple(row.split("=")) for row in rows.split()]


@pytest.mark.parametrize(("name", "code"), table(PROVINCES) + table(CITIES))
def test_an_old_spelling_is_read(name, code):
    found = find_place(f"Our factory in {name} was fined without a reason")
    assert (found.county or found.prefecture or found.province, found.options) == (code, ())


@pytest.mark.parametrize(("name", "codes"), SHARED.items())
def test_an_old_spelling_that_places_share_is_asked(name, codes):
    found = find_place(f"the warehouse at {name} cannot ship")
    assert (found.prefecture, set(found.options)) == (None, codes)


def test_the_province_beside_a_shared_spelling_settles_it():
    assert find_place("our mill in Changchow, Kiangsu").prefecture == "320400"
    assert find_place("our mill in Changchow, Fukien").prefecture == "350600"
