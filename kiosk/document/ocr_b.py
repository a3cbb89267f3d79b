"""The shapes of OCR-B as a table, 37 cells of 20 x 14 pixels, from which `mrz_print` tells whether an MRZ is set in it.

Drawn from Debian's free `fonts-ocr-b` by `kiosk.actor.glyphs.drawn_glyphs`; a test draws them again and compares.
"""

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

CELL = (20, 14)
"""Height and width of a cell, pixels: the width is one character's pitch, 2.54 mm."""
_PACKED = (
    "c-qaHcT^PD8o+0kE`kX55>1fUVgW^?Bt{WIqb3$KmY}hN4Qx@d1!Ik(A?mYWiC7Y2jEY7y#$IBHHKHPlh0seDmSvZnnftxDWy(44ot)!g$$R$?ho8H1=gxP("
    "ewX83do=m+gtPLu<CuK7<I13EG6<V$un#5_!{cC{g6|1r+vvr<75W!E305bYieQhoN)BTS;AtOT<;I7Rv`zci5Rn5J{j`r89g>6%4l44)v$NcF3-xKp*>UiV"
    "`wi`^ysC481ppp&q%<E2_a>Y}ndIG_3(W21H`xVKF$JNc_~MU##+UK%1-^I{rDF*$fXSF#UKUoDFRNf25!|zKEUC3Hng}Gl!kc_Ho=p9`ye4_vEKJpN^6`B`"
    "U^}L_Y`3u_8riZu<;!f?Kvwnx9Pi$Fnn~~{)bOsnXb|JrOVo(`E@f9=L!~9--mk3&buK`0H3i;z0w8!Y2+4!vc`9Y14Q|g>8a#q`&<MZyKTL+FRuA1Pjf|<Z"
    "SX|o<2yg4iV2msXKo|W8w35UdiCfa)2~k$3IU(}Kd0d2%x|^e5g^m*FhSSm4Y<*k#+ihuuG)IAUx4<-BF^;febft~*Nvk4hiIY0P0r*NYAuiwAR0AiQWnrv5"
    "<~1W^20FIT{fi-ET9Zmykxy+hs8J6S=mRW0Fm=6?DvwtHqtvf^o`(z7RXt0AYd)%YkHDSU>a5!Vt*N8#?0I?0f^Y?0n)cc)SUc&~un4}_Evd0BRr4WSGx4sr"
    "^?U+-_u%u3KI}3y8I_O?oG6h+XY`;?>$CdD<it@mD(_(ozK%NjM4X~i)_YQKjryZo+KT139j1NM4W+tj%TI<$+D8EuneJS~5_ac4_?&b2!%SVIueHF3b9h+Z"
    "h|m(aw|McAeB0W=SWmuWN&rRJKx#!!ojP@Tj%{Ixszd61lpdJ%ZZ~?9QzhN5H_;bnoFNvnl)PGmVjvf5OiDGj?5Vo@;vqsu+hJQopemTX*chJ-VQ=8SYU#T3"
    "qA)_Y5rb`+`mMN(+Ue*3^w7ZVnb=H)YTMxgi%jniTA2ZPt!c2x$6ohbEA~QP{j_6Npo2X^lA){4gK_iG8V$w?rXUqUEfs@RXqtm!G=o0{N!n6IAxKX<InISn"
    "{)le-&jbUJwBEO7=p$Kc<S`A7V<YJ#+{a>C0Yp<>UzK7bSW2Us+ba{ML2w#>rI&aYUtFJ{qy2(r6`~1L^3U)Cgal@A-jnwojt{Dw<2BTx{-rkYtrJA1yAR#4"
    "^4!JRl9~>M)wLU@z%k7mwl#|HsZcW&R%>d#AAZpcD+0Z&ukHFv=|gS4aCAZEU3clV(D9+(*H$-Wx#_|tJkYx&_)SNSOFy!Qw$us>Z=-0n!$PBM0+(7+nhm9g"
    "w%$W8sSkS~$TDzF2C6b?w&wD`NzBKrgsUyxqAQHl*Ls}?^K&R4&L(YBB1?KFQz!pixb=+*Z6R3wDO&Hw1-?MU9gTv+SVTd>LuWGOSmLE$m~q|{4V&<1EzOx&"
    "IE_lA-Mu?~mH{iN-@}Fk=s3$S8qD0EvS+AsW#!@(GPs@MqzqFF<Of`DPiZc)9Nl~u6~0AG+H4My<+25KVTy#!WC<p+&XqJjbIKsO+iX})Vpm=P*0a`PVQ1Ou"
    "C!=dbv)3WpZ^s`=Fpt{b>|7BcFe<Uj`JHahVZP@4R>4g*nc^l0C0e2tA=rj!TU%Z+Sr^4u4CA?~9q;}n?B{j97RqX>mU3H61vOYT5HhC2T7`x~QZsamSDo@G"
    "$8>XJw&--R5tj%<DYdla3?8r%wo;0uM*Ni0K}b$aOw5*iiER{=*OM<BY4Y3=-NKgv@EwWMKpbMdGLmgKSWAqLpE$azgfqe-ih?C$b3-PSvf^T+0BPPzIO1Jf"
    "r@$gza0-AF9gToPln%$mtvpnYhA`1m2j)WQ+o-6REyb`vcV7ofhKokbju?g5(wqq$j9swms1>H+|6E3=G%g|vS!YU2OmtNLdiIuvSJyVGD|cL23h2I~ywj28"
    "*W2h3^+lf9wqBg$SsV4IVQ@s=ojL(ZT{S~D;U;~aBYW0<I@$(<b+i&D=x8*2Lrj~JpY^3|l?$%XLXkfTr@}^*SXn07G+ma9q<a0@^M2Yl)UoQUXmnZjv0-X{"
    "v;is*I$c+#sDTgQvZq4BIIqjFUL(%8w5*Os+-?}Iqban|WHgC7Bt{7^QKP!KHeZE!zpJoEc|yu*E8L`M7PlH}%Lb)@uQxgJ!@5=KUFKAXcnDjVy_XitqbQzH"
    "cilJto_5E{qo+b-{GrggsHmvO4%}<cnTYG7SXxc&X2yA*(3{gpeH7iU>I5^N2*%7b|0oemPA`SJ>c08+v@<Slk*`X4tW#-CRMdp}-0RP&r=Os+j(UFWRt2)~"
    "?ftHrkTpFi0m_|79ee$B$U1UOkZ3)<9!|(<P2aoyNq8-y;fDHx4(P0IzHl1R*%&JatyX`U%_ib$hr%|lb(Yxzr!c*T&SBRPK*`f;#FpVti910eyFy`tus)<`"
    "JR?4~0?S%r4H!N!;q=KhJq&gfN)xhk4gthzITjLaAC5?R?j~f@)P3>mk_nqpib72185t+b<G}0BsV8Ua3yydxniG9WwyM^G232N8?!RL*Drc#=+qq&Jl;mpJ"
    ")XzxQEcj>1dq!*;Y>o}3G@gq36>HZ`BL1bD-Nn&bR}OJ4#Y7zi!I3JY#?^Gx$h1pG9kGq|rWujEVfo^s;PbTh#2R9irE*j4xV*RP<l>t46-ir?b@T0rhv_6?"
    "?`VjVmSO4*Nir;yO1db-&qJlu3CqOK6HQ?pqdhZ3bAL{uT(Nv0rxL&(gGP_dLNu>Z(nl6Cl2?fvS}u&$h#P6Mj?{=7W25DL2<*g*j<S)yu=|Pt+7zE=u(y9v"
    "GX28)I$}2ce?p}sOveu3^?gjz!BYB|F=6(r1Dv}B%NZo!DVS7>u>dz5xPb@?JZJ_lmnumBHg7^j5bcs{DPxobXFh<d>5QTZO83Hig+?6!5w%e$;!}WB7nSN-"
    "Al^YG?yU5Ij{JrhbVSY({tK<9DWl<$1zS&x)wH)7Zclyj4<wi7Ueu1HPjGxTCo>DUEr%&zxTe@ce;pOTWk-z;q)NRsN*W8l>c}-i4AO|34oCbns_~}~u8~|("
    "+|ZFv5$K3p&WPGk10!7GG&>647HU@y!#5A|(sG$A5|qtiofDr&@c5)zny%E=N8Gp|b1BKV-Hj$(Tz(C6=sJ(#OBY!hxT>Nlf31=i*l8_-XmUeVA=bfJw5L#`"
    "ARGI&fv_9X+u}{U(+zB|Tu3ZVAkRC6<Vw1Fnnb)C*VSU07J3?zmD4(#yiK>2z|4QJ<M7;?RTiZ={+b|)mS<aAFq@X-Y_|-GJE`_=@LmPy4Vv|P<doFVQEsV9"
    "PJY|q0{td3o6Q0k*(@>{A8l??DR1Lak*Qzy=i{nE7%qXGTvQmEjZl_S|Ms)k&R!8sG~;$m7eC?nS?E_98PO%#$vNB?-=M8dQU<P|O_rrpi6USw{m)pgZFe~d"
    "CQ399mT`9~LL*@&&3==($x==VkTz!%A+wspw*V$DmiQ;V;co_(N!Pzk94%rk!J5nOKU_OO$kCn3^3ib)Ri!WqHc>QPn#4M0*T7g@BEdO|*M;Vsd+1#lqY}r>"
    "U>PT+4KP9_=kCQ88tSe?xw%|KEM=Fe94e-;o`C#Kk2FvYn(%#tP`al^4yS3mhdrU4#YFqRS8dJ6^Jt@C;4(a2?M;Dpm4#!QZrVZJkQWG~Q>@b#Rw3Rw`Vy`f"
    "SgAIX=e*J+dQ@>n!fMoUz7y-CoT{VESoaa+FVosY_4ZeQ@pH9%!FSkaLmTuh!a|9*mj{v5Wivb9d}6^e_z`F(v<0qz-18f;kb052zmvYy$7}|VDTk83Y*uyt"
    "1^4SnpW!<8n1k|)aUD=xblT;AUkCgLC8Lfy>h+atRph&BoF?4>HBKjy5T%clRY@VVdD{XmlH*t@&4sjbN!Ojb2#5Ow%`KJa4@g=(CFe)WSt3_^=J&}PgY8*P"
    "JNwhw>e9Rp5v6syL-M*&Knf*4;UTtx#^N&rsn}@G>Y)wm{`agaxd9^O+p=x6%QyfIa$E=TCi9r4JQr@Za@@~fgO2<OU_C22Bbo1REK)*jFr4YmItjS%P*S`}"
    "t%x}O7cfD9y70LGe`+dHdwt?yyQ+(Gdn%VYZ&JDRA$jBtBA4a#%-Qu-Sq+j4&nBi!&qAVs_)#AtIW_qV)^P@Bu0h3P>;ON89o&v*?V7_4{FV11xt<l`d(aMf"
    "3+eg@fCr<g7I+BR`#?fF=ww{JU@ZGVetQ~ruK-*Pks}Z-lQ#n_bSnUXHZmsx3gGs_3wCG{AM3!?Up~N|f_aPhM?-t!7M+dc*l|4jiN*zxQ#!9qiEeIJTb>UW"
    "M>9Bi`}RQm8>MFD7aP7N(<#`b&bmS_U9`fhsSUPiPh0|!r~VG2;a`?3pq>J6hOK_(rObi8V=isXCD6<dd;O)d2QLzc#xxSLYLcz`7YQ7TiE(+Z>|{r|yiIBg"
    "zCF>&8s-~VKH;>UHrzs=%IVDmL^q<Z^u&#ufLL^rBj|LGmx6NO-bKt@3C9!*=MMt1`D<+qE9};lbZ1aEJNVtBQU@J%`@)&4!tskh!Vzo094eCYT|xg-74Lkj"
    "X5zB)?9-rLfwh%Jt6--liH0TRx*)oqc_^w%Wu<Rwv_&~zAUjr8qHDl?3-@q2J)77OZ)Ei}IZaaP>8RJL1pW=M*cdq"
)


def glyphs() -> NDArray[np.float32]:
    """Return (37, 20, 14): ink 0..1 of each character, in the order of `layouts.ALPHABET`, capitals' middle in the cell's middle."""
    table = np.frombuffer(zlib.decompress(base64.b85decode(_PACKED)), np.uint8)
    return (table.reshape(37, *CELL) / np.float32(255)).astype(np.float32)
