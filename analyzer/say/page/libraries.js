/* SPDX-License-Identifier: Apache-2.0 AND MIT AND ISC AND BSD-3-Clause
 *
 * Made by libraries.sh: do not edit. In it are:
 *
 * uplot 1.6.32 (MIT) https://github.com/leeoniya/uPlot#readme
 * The MIT License (MIT)
 *
 * Copyright (c) 2022 Leon Sorokin
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in
 * all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
 * THE SOFTWARE.
 * d3-flame-graph 5.0.0 (Apache-2.0) https://github.com/spiermar/d3-flame-graph#readme
 * Apache License, Version 2.0: as connleak itself, see LICENSE
 *
 * d3-array 3.2.4 (ISC) https://d3js.org/d3-array/
 * Copyright 2010-2023 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-color 3.1.1 (ISC) https://d3js.org/d3-color/
 * Copyright 2010-2026 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-dispatch 3.0.1 (ISC) https://d3js.org/d3-dispatch/
 * Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-ease 3.0.1 (BSD-3-Clause) https://d3js.org/d3-ease/
 * Copyright 2010-2021 Mike Bostock
 * Copyright 2001 Robert Penner
 * All rights reserved.
 *
 * Redistribution and use in source and binary forms, with or without modification,
 * are permitted provided that the following conditions are met:
 *
 * * Redistributions of source code must retain the above copyright notice, this
 *   list of conditions and the following disclaimer.
 *
 * * Redistributions in binary form must reproduce the above copyright notice,
 *   this list of conditions and the following disclaimer in the documentation
 *   and/or other materials provided with the distribution.
 *
 * * Neither the name of the author nor the names of contributors may be used to
 *   endorse or promote products derived from this software without specific prior
 *   written permission.
 *
 * THIS SOFTWARE IS PROVIDED BY THE COPYRIGHT HOLDERS AND CONTRIBUTORS "AS IS" AND
 * ANY EXPRESS OR IMPLIED WARRANTIES, INCLUDING, BUT NOT LIMITED TO, THE IMPLIED
 * WARRANTIES OF MERCHANTABILITY AND FITNESS FOR A PARTICULAR PURPOSE ARE
 * DISCLAIMED. IN NO EVENT SHALL THE COPYRIGHT OWNER OR CONTRIBUTORS BE LIABLE FOR
 * ANY DIRECT, INDIRECT, INCIDENTAL, SPECIAL, EXEMPLARY, OR CONSEQUENTIAL DAMAGES
 * (INCLUDING, BUT NOT LIMITED TO, PROCUREMENT OF SUBSTITUTE GOODS OR SERVICES;
 * LOSS OF USE, DATA, OR PROFITS; OR BUSINESS INTERRUPTION) HOWEVER CAUSED AND ON
 * ANY THEORY OF LIABILITY, WHETHER IN CONTRACT, STRICT LIABILITY, OR TORT
 * (INCLUDING NEGLIGENCE OR OTHERWISE) ARISING IN ANY WAY OUT OF THE USE OF THIS
 * SOFTWARE, EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE.
 *
 * d3-format 3.1.0 (ISC) https://d3js.org/d3-format/
 * Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-hierarchy 3.1.2 (ISC) https://d3js.org/d3-hierarchy/
 * Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-interpolate 3.0.2 (ISC) https://d3js.org/d3-interpolate/
 * Copyright 2010-2026 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-scale 4.0.2 (ISC) https://d3js.org/d3-scale/
 * Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-selection 3.0.0 (ISC) https://d3js.org/d3-selection/
 * Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-time 3.1.1 (ISC) https://d3js.org/d3-time/
 * Copyright 2010-2026 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-time-format 4.1.1 (ISC) https://d3js.org/d3-time-format/
 * Copyright 2010-2026 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-timer 3.0.2 (ISC) https://d3js.org/d3-timer/
 * Copyright 2010-2026 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * d3-transition 3.0.1 (ISC) https://d3js.org/d3-transition/
 * Copyright 2010-2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 *
 * internmap 2.0.3 (ISC) https://github.com/mbostock/internmap/
 * Copyright 2021 Mike Bostock
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose
 * with or without fee is hereby granted, provided that the above copyright notice
 * and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH
 * REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND
 * FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
 * INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS
 * OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER
 * TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
 * THIS SOFTWARE.
 */
var libraries=(()=>{var vl=Object.defineProperty;var Zc=Object.getOwnPropertyDescriptor;var Qc=Object.getOwnPropertyNames;var Jc=Object.prototype.hasOwnProperty;var Xc=(t,e)=>{for(var n in e)vl(t,n,{get:e[n],enumerable:!0})},jc=(t,e,n,r)=>{if(e&&typeof e=="object"||typeof e==
"function")for(let i of Qc(e))!Jc.call(t,i)&&i!==n&&vl(t,i,{get:()=>e[i],enumerable:!(r=Zc(e,i))||r.enumerable});
return t};var th=t=>jc(vl({},"__esModule",{value:!0}),t);var Ld={};Xc(Ld,{flamegraph:()=>wc,select:()=>Cn,uPlot:()=>Jt});var eh="uplot",nh="u-hz",rh="u-vt",ih="u-title",lh="u-wrap",oh="u-under",ah="u-over",sh="u-axis",kn="u-off",fh="\
u-select",uh="u-cursor-x",ch="u-cursor-y",hh="u-cursor-pt",ph="u-legend",mh="u-live",dh="u-inline",gh="u-serie\
s",xh="u-marker",da="u-label",wh="u-value",Er="width",Nr="height";var ga="bottom",jn="left",bl="right",zl="#000",xa=zl+"0",Sl="mousemove",wa="mousedown",Ml="mouseup",ya="mousee\
nter",_a="mouseleave",va="dblclick",yh="resize",_h="scroll",ba="change",si="dppxchange",Vl="--",or=typeof window<
"u",Tl=or?document:null,er=or?window:null,vh=or?navigator:null,gt,ii;function Cl(){let t=devicePixelRatio;gt!=
t&&(gt=t,ii&&Pl(ba,ii,Cl),ii=matchMedia(`(min-resolution: ${gt-.001}dppx) and (max-resolution: ${gt+.001}dppx)`),
An(ba,ii,Cl),er.dispatchEvent(new CustomEvent(si)))}function ge(t,e){if(e!=null){let n=t.classList;!n.contains(
e)&&n.add(e)}}function Dl(t,e){let n=t.classList;n.contains(e)&&n.remove(e)}function Nt(t,e,n){t.style[e]=n+"p\
x"}function Ie(t,e,n,r){let i=Tl.createElement(t);return e!=null&&ge(i,e),n?.insertBefore(i,r),i}function Ae(t,e){
return Ie("div",t,e)}var Sa=new WeakMap;function We(t,e,n,r,i){let o="translate("+e+"px,"+n+"px)",l=Sa.get(t);
o!=l&&(t.style.transform=o,Sa.set(t,o),e<0||n<0||e>r||n>i?ge(t,kn):Dl(t,kn))}var Ma=new WeakMap;function ka(t,e,n){
let r=e+n,i=Ma.get(t);r!=i&&(Ma.set(t,r),t.style.background=e,t.style.borderColor=n)}var Aa=new WeakMap;function Ea(t,e,n,r){
let i=e+""+n,o=Aa.get(t);i!=o&&(Aa.set(t,i),t.style.height=n+"px",t.style.width=e+"px",t.style.marginLeft=r?-e/
2+"px":0,t.style.marginTop=r?-n/2+"px":0)}var $l={passive:!0},bh={...$l,capture:!0};function An(t,e,n,r){e.addEventListener(
t,n,r?bh:$l)}function Pl(t,e,n,r){e.removeEventListener(t,n,$l)}or&&Cl();function Oe(t,e,n,r){let i;n=n||0,r=r||
e.length-1;let o=r<=2147483647;for(;r-n>1;)i=o?n+r>>1:xe((n+r)/2),e[i]<t?n=i:r=i;return t-e[n]<=e[r]-t?n:r}function es(t){
return(n,r,i)=>{let o=-1,l=-1;for(let s=r;s<=i;s++)if(t(n[s])){o=s;break}for(let s=i;s>=r;s--)if(t(n[s])){l=s;
break}return[o,l]}}var ns=t=>t!=null,rs=t=>t!=null&&t>0,ci=es(ns),Sh=es(rs);function Mh(t,e,n,r=0,i=!1){let o=i?
Sh:ci,l=i?rs:ns;[e,n]=o(t,e,n);let s=t[e],f=t[e];if(e>-1)if(r==1)s=t[e],f=t[n];else if(r==-1)s=t[n],f=t[e];else
for(let c=e;c<=n;c++){let d=t[c];l(d)&&(d<s?s=d:d>f&&(f=d))}return[s??bt,f??-bt]}function hi(t,e,n,r){let i=Ca(
t),o=Ca(e);t==e&&(i==-1?(t*=n,e/=n):(t/=n,e*=n));let l=n==10?Je:is,s=i==1?xe:Ee,f=o==1?Ee:xe,c=s(l(Ft(t))),d=f(
l(Ft(e))),m=nr(n,c),g=nr(n,d);return n==10&&(c<0&&(m=St(m,-c)),d<0&&(g=St(g,-d))),r||n==2?(t=m*i,e=g*o):(t=ss(
t,m),e=pi(e,g)),[t,e]}function Bl(t,e,n,r){let i=hi(t,e,n,r);return t==0&&(i[0]=0),e==0&&(i[1]=0),i}var ql=.1,
Na={mode:3,pad:ql},Cr={pad:0,soft:null,mode:0},kh={min:Cr,max:Cr};function fi(t,e,n,r){return mi(n)?Ta(t,e,n):
(Cr.pad=n,Cr.soft=r?0:null,Cr.mode=r?3:0,Ta(t,e,kh))}function mt(t,e){return t??e}function Ah(t,e,n){for(e=mt(
e,0),n=mt(n,t.length-1);e<=n;){if(t[e]!=null)return!0;e++}return!1}function Ta(t,e,n){let r=n.min,i=n.max,o=mt(
r.pad,0),l=mt(i.pad,0),s=mt(r.hard,-bt),f=mt(i.hard,bt),c=mt(r.soft,bt),d=mt(i.soft,-bt),m=mt(r.mode,0),g=mt(i.
mode,0),_=e-t,M=Je(_),C=ie(Ft(t),Ft(e)),O=Je(C),q=Ft(O-M);(_<1e-24||q>10)&&(_=0,(t==0||e==0)&&(_=1e-24,m==2&&c!=
bt&&(o=0),g==2&&d!=-bt&&(l=0)));let S=_||C||1e3,I=Je(S),A=nr(10,xe(I)),F=S*(_==0?t==0?.1:1:o),P=St(ss(t-F,A/10),
24),j=t>=c&&(m==1||m==3&&P<=c||m==2&&P>=c)?c:bt,X=ie(s,P<j&&t>=j?j:Re(j,P)),nt=S*(_==0?e==0?.1:1:l),Q=St(pi(e+
nt,A/10),24),b=e<=d&&(g==1||g==3&&Q>=d||g==2&&Q<=d)?d:-bt,J=Re(f,Q>b&&e<=b?b:ie(b,Q));return X==J&&X==0&&(J=100),
[X,J]}var Eh=new Intl.NumberFormat(or?vh.language:"en-US"),Wl=t=>Eh.format(t),we=Math,ai=we.PI,Ft=we.abs,xe=we.
floor,Ht=we.round,Ee=we.ceil,Re=we.min,ie=we.max,nr=we.pow,Ca=we.sign,Je=we.log10,is=we.log2,Nh=(t,e=1)=>we.sinh(
t)*e,kl=(t,e=1)=>we.asinh(t/e),bt=1/0;function Da(t){return(Je((t^t>>31)-(t>>31))|0)+1}function Ll(t,e,n){return Re(
ie(t,e),n)}function ls(t){return typeof t=="function"}function ft(t){return ls(t)?t:()=>t}var Th=()=>{},os=t=>t,
as=(t,e)=>e,Ch=t=>null,Pa=t=>!0,La=(t,e)=>t==e,Dh=/\.\d*?(?=9{6,}|0{6,})/gm,En=t=>{if(us(t)||cn.has(t))return t;
let e=`${t}`,n=e.match(Dh);if(n==null)return t;let r=n[0].length-1;if(e.indexOf("e-")!=-1){let[i,o]=e.split("e");
return+`${En(i)}e${o}`}return St(t,r)};function Sn(t,e){return En(St(En(t/e))*e)}function pi(t,e){return En(Ee(
En(t/e))*e)}function ss(t,e){return En(xe(En(t/e))*e)}function St(t,e=0){if(us(t))return t;let n=10**e,r=t*n*(1+
Number.EPSILON);return Ht(r)/n}var cn=new Map;function fs(t){return((""+t).split(".")[1]||"").length}function Pr(t,e,n,r){
let i=[],o=r.map(fs);for(let l=e;l<n;l++){let s=Ft(l),f=St(nr(t,l),s);for(let c=0;c<r.length;c++){let d=t==10?
+`${r[c]}e${l}`:r[c]*f,m=(l>=0?0:s)+(l>=o[c]?0:o[c]),g=t==10?d:St(d,m);i.push(g),cn.set(g,m)}}return i}var Dr={},
Gl=[],rr=[null,null],un=Array.isArray,us=Number.isInteger,Ph=t=>t===void 0;function Ia(t){return typeof t=="st\
ring"}function mi(t){let e=!1;if(t!=null){let n=t.constructor;e=n==null||n==Object}return e}function Lh(t){return t!=
null&&typeof t=="object"}var Ih=Object.getPrototypeOf(Uint8Array),cs="__proto__";function ir(t,e=mi){let n;if(un(
t)){let r=t.find(i=>i!=null);if(un(r)||e(r)){n=Array(t.length);for(let i=0;i<t.length;i++)n[i]=ir(t[i],e)}else
n=t.slice()}else if(t instanceof Ih)n=t.slice();else if(e(t)){n={};for(let r in t)r!=cs&&(n[r]=ir(t[r],e))}else
n=t;return n}function Rt(t){let e=arguments;for(let n=1;n<e.length;n++){let r=e[n];for(let i in r)i!=cs&&(mi(t[i])?
Rt(t[i],ir(r[i])):t[i]=ir(r[i]))}return t}var Oh=0,Rh=1,Hh=2;function Fh(t,e,n){for(let r=0,i,o=-1;r<e.length;r++){
let l=e[r];if(l>o){for(i=l-1;i>=0&&t[i]==null;)t[i--]=null;for(i=l+1;i<n&&t[i]==null;)t[o=i++]=null}}}function zh(t,e){
if(Bh(t)){let l=t[0].slice();for(let s=1;s<t.length;s++)l.push(...t[s].slice(1));return qh(l[0])||(l=$h(l)),l}
let n=new Set;for(let l=0;l<t.length;l++){let f=t[l][0],c=f.length;for(let d=0;d<c;d++)n.add(f[d])}let r=[Array.
from(n).sort((l,s)=>l-s)],i=r[0].length,o=new Map;for(let l=0;l<i;l++)o.set(r[0][l],l);for(let l=0;l<t.length;l++){
let s=t[l],f=s[0];for(let c=1;c<s.length;c++){let d=s[c],m=Array(i).fill(void 0),g=e?e[l][c]:Rh,_=[];for(let M=0;M<
d.length;M++){let C=d[M],O=o.get(f[M]);C===null?g!=Oh&&(m[O]=C,g==Hh&&_.push(O)):m[O]=C}Fh(m,_,i),r.push(m)}}return r}
var Vh=typeof queueMicrotask>"u"?t=>Promise.resolve().then(t):queueMicrotask;function $h(t){let e=t[0],n=e.length,
r=Array(n);for(let o=0;o<r.length;o++)r[o]=o;r.sort((o,l)=>e[o]-e[l]);let i=[];for(let o=0;o<t.length;o++){let l=t[o],
s=Array(n);for(let f=0;f<n;f++)s[f]=l[r[f]];i.push(s)}return i}function Bh(t){let e=t[0][0],n=e.length;for(let r=1;r<
t.length;r++){let i=t[r][0];if(i.length!=n)return!1;if(i!=e){for(let o=0;o<n;o++)if(i[o]!=e[o])return!1}}return!0}
function qh(t,e=100){let n=t.length;if(n<=1)return!0;let r=0,i=n-1;for(;r<=i&&t[r]==null;)r++;for(;i>=r&&t[i]==
null;)i--;if(i<=r)return!0;let o=ie(1,xe((i-r+1)/e));for(let l=t[r],s=r+o;s<=i;s+=o){let f=t[s];if(f!=null){if(f<=
l)return!1;l=f}}return!0}var hs=["January","February","March","April","May","June","July","August","September",
"October","November","December"],ps=["Sunday","Monday","Tuesday","Wednesday","Thursday","Friday","Saturday"];function ms(t){
return t.slice(0,3)}var Wh=ps.map(ms),Gh=hs.map(ms),Yh={MMMM:hs,MMM:Gh,WWWW:ps,WWW:Wh};function Ar(t){return(t<
10?"0":"")+t}function Uh(t){return(t<10?"00":t<100?"0":"")+t}var Kh={YYYY:t=>t.getFullYear(),YY:t=>(t.getFullYear()+
"").slice(2),MMMM:(t,e)=>e.MMMM[t.getMonth()],MMM:(t,e)=>e.MMM[t.getMonth()],MM:t=>Ar(t.getMonth()+1),M:t=>t.getMonth()+
1,DD:t=>Ar(t.getDate()),D:t=>t.getDate(),WWWW:(t,e)=>e.WWWW[t.getDay()],WWW:(t,e)=>e.WWW[t.getDay()],HH:t=>Ar(
t.getHours()),H:t=>t.getHours(),h:t=>{let e=t.getHours();return e==0?12:e>12?e-12:e},AA:t=>t.getHours()>=12?"P\
M":"AM",aa:t=>t.getHours()>=12?"pm":"am",a:t=>t.getHours()>=12?"p":"a",mm:t=>Ar(t.getMinutes()),m:t=>t.getMinutes(),
ss:t=>Ar(t.getSeconds()),s:t=>t.getSeconds(),fff:t=>Uh(t.getMilliseconds())};function Yl(t,e){e=e||Yh;let n=[],
r=/\{([a-z]+)\}|[^{]+/gi,i;for(;i=r.exec(t);)n.push(i[0][0]=="{"?Kh[i[1]]:i[0]);return o=>{let l="";for(let s=0;s<
n.length;s++)l+=typeof n[s]=="string"?n[s]:n[s](o,e);return l}}var Zh=new Intl.DateTimeFormat().resolvedOptions().
timeZone;function Qh(t,e){let n;return e=="UTC"||e=="Etc/UTC"?n=new Date(+t+t.getTimezoneOffset()*6e4):e==Zh?n=
t:(n=new Date(t.toLocaleString("en-US",{timeZone:e})),n.setMilliseconds(t.getMilliseconds())),n}var ds=t=>t%1==
0,ui=[1,2,2.5,5],Jh=Pr(10,-32,0,ui),gs=Pr(10,0,32,ui),Xh=gs.filter(ds),Mn=Jh.concat(gs),Ul=`
`,xs="{YYYY}",Oa=Ul+xs,ws="{M}/{D}",Tr=Ul+ws,li=Tr+"/{YY}",ys="{aa}",jh="{h}:{mm}",tr=jh+ys,Ra=Ul+tr,Ha=":{ss}",
yt=null;function _s(t){let e=t*1e3,n=e*60,r=n*60,i=r*24,o=i*30,l=i*365,f=(t==1?Pr(10,0,3,ui).filter(ds):Pr(10,
-3,0,ui)).concat([e,e*5,e*10,e*15,e*30,n,n*5,n*10,n*15,n*30,r,r*2,r*3,r*4,r*6,r*8,r*12,i,i*2,i*3,i*4,i*5,i*6,i*
7,i*8,i*9,i*10,i*15,o,o*2,o*3,o*4,o*6,l,l*2,l*5,l*10,l*25,l*50,l*100]),c=[[l,xs,yt,yt,yt,yt,yt,yt,1],[i*28,"{M\
MM}",Oa,yt,yt,yt,yt,yt,1],[i,ws,Oa,yt,yt,yt,yt,yt,1],[r,"{h}"+ys,li,yt,Tr,yt,yt,yt,1],[n,tr,li,yt,Tr,yt,yt,yt,
1],[e,Ha,li+" "+tr,yt,Tr+" "+tr,yt,Ra,yt,1],[t,Ha+".{fff}",li+" "+tr,yt,Tr+" "+tr,yt,Ra,yt,1]];function d(m){return(g,_,M,C,O,q)=>{
let S=[],I=O>=l,A=O>=o&&O<l,F=m(M),P=St(F*t,3),j=Al(F.getFullYear(),I?0:F.getMonth(),A||I?1:F.getDate()),X=St(
j*t,3);if(A||I){let nt=A?O/o:0,Q=I?O/l:0,b=P==X?P:St(Al(j.getFullYear()+Q,j.getMonth()+nt,1)*t,3),J=new Date(Ht(
b/t)),R=J.getFullYear(),U=J.getMonth();for(let K=0;b<=C;K++){let rt=Al(R+Q*K,U+nt*K,1),B=rt-m(St(rt*t,3));b=St(
(+rt+B)*t,3),b<=C&&S.push(b)}}else{let nt=O>=i?i:O,Q=xe(M)-xe(P),b=X+Q+pi(P-X,nt);S.push(b);let J=m(b),R=J.getHours()+
J.getMinutes()/n+J.getSeconds()/r,U=O/r,K=g.axes[_]._space,rt=q/K;for(;b=St(b+O,t==1?0:3),!(b>C);)if(U>1){let B=xe(
St(R+U,6))%24,ut=m(b).getHours()-B;ut>1&&(ut=-1),b-=ut*r,R=(R+U)%24;let xt=S[S.length-1];St((b-xt)/O,3)*rt>=.7&&
S.push(b)}else S.push(b)}return S}}return[f,c,d]}var[tp,ep,np]=_s(1),[rp,ip,lp]=_s(.001);Pr(2,-53,53,[1]);function Fa(t,e){
return t.map(n=>n.map((r,i)=>i==0||i==8||r==null?r:e(i==1||n[8]==0?r:n[1]+r)))}function za(t,e){return(n,r,i,o,l)=>{
let s=e.find(M=>l>=M[0])||e[e.length-1],f,c,d,m,g,_;return r.map(M=>{let C=t(M),O=C.getFullYear(),q=C.getMonth(),
S=C.getDate(),I=C.getHours(),A=C.getMinutes(),F=C.getSeconds(),P=O!=f&&s[2]||q!=c&&s[3]||S!=d&&s[4]||I!=m&&s[5]||
A!=g&&s[6]||F!=_&&s[7]||s[1];return f=O,c=q,d=S,m=I,g=A,_=F,P(C)})}}function op(t,e){let n=Yl(e);return(r,i,o,l,s)=>i.
map(f=>n(t(f)))}function Al(t,e,n){return new Date(t,e,n)}function Va(t,e){return e(t)}var ap="{YYYY}-{MM}-{DD\
} {h}:{mm}{aa}";function $a(t,e){return(n,r,i,o)=>o==null?Vl:e(t(r))}function sp(t,e){let n=t.series[e];return n.
width?n.stroke(t,e):n.points.width?n.points.stroke(t,e):null}function fp(t,e){return t.series[e].fill(t,e)}var up={
show:!0,live:!0,isolate:!1,mount:Th,markers:{show:!0,width:2,stroke:sp,fill:fp,dash:"solid"},idx:null,idxs:null,
values:[]};function cp(t,e){let n=t.cursor.points,r=Ae(),i=n.size(t,e);Nt(r,Er,i),Nt(r,Nr,i);let o=i/-2;Nt(r,"\
marginLeft",o),Nt(r,"marginTop",o);let l=n.width(t,e,i);return l&&Nt(r,"borderWidth",l),r}function hp(t,e){let n=t.
series[e].points;return n._fill||n._stroke}function pp(t,e){let n=t.series[e].points;return n._stroke||n._fill}
function mp(t,e){return t.series[e].points.size}var El=[0,0];function dp(t,e,n){return El[0]=e,El[1]=n,El}function oi(t,e,n,r=!0){
return i=>{i.button==0&&(!r||i.target==e)&&n(i)}}function Nl(t,e,n,r=!0){return i=>{(!r||i.target==e)&&n(i)}}var gp={
show:!0,x:!0,y:!0,lock:!1,move:dp,points:{one:!1,show:cp,size:mp,width:0,stroke:pp,fill:hp},bind:{mousedown:oi,
mouseup:oi,click:oi,dblclick:oi,mousemove:Nl,mouseleave:Nl,mouseenter:Nl},drag:{setScale:!0,x:!0,y:!1,dist:0,uni:null,
click:(t,e)=>{e.stopPropagation(),e.stopImmediatePropagation()},_x:!1,_y:!1},focus:{dist:(t,e,n,r,i)=>r-i,prox:-1,
bias:0},hover:{skip:[void 0],prox:null,bias:0},left:-10,top:-10,idx:null,dataIdx:null,idxs:null,event:null},vs={
show:!0,stroke:"rgba(0,0,0,0.07)",width:2},Kl=Rt({},vs,{filter:as}),bs=Rt({},Kl,{size:10}),Ss=Rt({},vs,{show:!1}),
Zl='12px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Noto Sans", sans-serif, "Appl\
e Color Emoji", "Segoe UI Emoji", "Segoe UI Symbol", "Noto Color Emoji"',Ms="bold "+Zl,ks=1.5,Ba={show:!0,scale:"\
x",stroke:zl,space:50,gap:5,alignTo:1,size:50,labelGap:0,labelSize:30,labelFont:Ms,side:2,grid:Kl,ticks:bs,border:Ss,
font:Zl,lineGap:ks,rotate:0},xp="Value",wp="Time",qa={show:!0,scale:"x",auto:!1,sorted:1,min:bt,max:-bt,idxs:[]};
function yp(t,e,n,r,i){return e.map(o=>o==null?"":Wl(o))}function _p(t,e,n,r,i,o,l){let s=[],f=cn.get(i)||0;n=
l?n:St(pi(n,i),f);for(let c=n;c<=r;c=St(c+i,f))s.push(Object.is(c,-0)?0:c);return s}function Il(t,e,n,r,i,o,l){
let s=[],f=t.scales[t.axes[e].scale].log,c=f==10?Je:is,d=xe(c(n));i=nr(f,d),f==10&&(i=Mn[Oe(i,Mn)]);let m=n,g=i*
f;f==10&&(g=Mn[Oe(g,Mn)]);do s.push(m),m=m+i,f==10&&!cn.has(m)&&(m=St(m,cn.get(i))),m>=g&&(i=m,g=i*f,f==10&&(g=
Mn[Oe(g,Mn)]));while(m<=r);return s}function vp(t,e,n,r,i,o,l){let f=t.scales[t.axes[e].scale].asinh,c=r>f?Il(
t,e,ie(f,n),r,i):[f],d=r>=0&&n<=0?[0]:[];return(n<-f?Il(t,e,ie(f,-r),-n,i):[f]).reverse().map(g=>-g).concat(d,
c)}var As=/./,bp=/[12357]/,Sp=/[125]/,Wa=/1/,Ol=(t,e,n,r)=>t.map((i,o)=>e==4&&i==0||o%r==0&&n.test(i.toExponential()[i<
0?1:0])?i:null);function Mp(t,e,n,r,i){let o=t.axes[n],l=o.scale,s=t.scales[l],f=t.valToPos,c=o._space,d=f(10,
l),m=f(9,l)-d>=c?As:f(7,l)-d>=c?bp:f(5,l)-d>=c?Sp:Wa;if(m==Wa){let g=Ft(f(1,l)-d);if(g<c)return Ol(e.slice().reverse(),
s.distr,m,Ee(c/g)).reverse()}return Ol(e,s.distr,m,1)}function kp(t,e,n,r,i){let o=t.axes[n],l=o.scale,s=o._space,
f=t.valToPos,c=Ft(f(1,l)-f(2,l));return c<s?Ol(e.slice().reverse(),3,As,Ee(s/c)).reverse():e}function Ap(t,e,n,r){
return r==null?Vl:e==null?"":Wl(e)}var Ga={show:!0,scale:"y",stroke:zl,space:30,gap:5,alignTo:1,size:50,labelGap:0,
labelSize:30,labelFont:Ms,side:3,grid:Kl,ticks:bs,border:Ss,font:Zl,lineGap:ks,rotate:0};function Ep(t,e){let n=3+
(t||1)*2;return St(n*e,3)}function Np(t,e){let{scale:n,idxs:r}=t.series[0],i=t._data[0],o=t.valToPos(i[r[0]],n,
!0),l=t.valToPos(i[r[1]],n,!0),s=Ft(l-o),f=t.series[e],c=s/(f.points.space*gt);return r[1]-r[0]<=c}var Ya={scale:null,
auto:!0,sorted:0,min:bt,max:-bt},Es=(t,e,n,r,i)=>i,Ua={show:!0,auto:!0,sorted:0,gaps:Es,alpha:1,facets:[Rt({},
Ya,{scale:"x"}),Rt({},Ya,{scale:"y"})]},Ka={scale:"y",auto:!0,sorted:0,show:!0,spanGaps:!1,gaps:Es,alpha:1,points:{
show:Np,filter:null},values:null,min:bt,max:-bt,idxs:[],path:null,clip:null};function Tp(t,e,n,r,i){return n/10}
var Ns={time:!0,auto:!0,distr:1,log:10,asinh:1,min:null,max:null,dir:1,ori:0},Cp=Rt({},Ns,{time:!1,ori:1}),Za={};
function Ts(t,e){let n=Za[t];return n||(n={key:t,plots:[],sub(r){n.plots.push(r)},unsub(r){n.plots=n.plots.filter(
i=>i!=r)},pub(r,i,o,l,s,f,c){for(let d=0;d<n.plots.length;d++)n.plots[d]!=i&&n.plots[d].pub(r,i,o,l,s,f,c)}},t!=
null&&(Za[t]=n)),n}var lr=1,Rl=2;function Nn(t,e,n){let r=t.mode,i=t.series[e],o=r==2?t._data[e]:t._data,l=t.scales,
s=t.bbox,f=o[0],c=r==2?o[1]:o[e],d=r==2?l[i.facets[0].scale]:l[t.series[0].scale],m=r==2?l[i.facets[1].scale]:
l[i.scale],g=s.left,_=s.top,M=s.width,C=s.height,O=t.valToPosH,q=t.valToPosV;return d.ori==0?n(i,f,c,d,m,O,q,g,
_,M,C,gi,ar,wi,Ds,Ls):n(i,f,c,d,m,q,O,_,g,C,M,xi,sr,Xl,Ps,Is)}function Ql(t,e){let n=0,r=0,i=mt(t.bands,Gl);for(let o=0;o<
i.length;o++){let l=i[o];l.series[0]==e?n=l.dir:l.series[1]==e&&(l.dir==1?r|=1:r|=2)}return[n,r==1?-1:r==2?1:r==
3?2:0]}function Dp(t,e,n,r,i){let o=t.mode,l=t.series[e],s=o==2?l.facets[1].scale:l.scale,f=t.scales[s];return i==
-1?f.min:i==1?f.max:f.distr==3?f.dir==1?f.min:f.max:0}function Xe(t,e,n,r,i,o){return Nn(t,e,(l,s,f,c,d,m,g,_,M,C,O)=>{
let q=l.pxRound,S=c.dir*(c.ori==0?1:-1),I=c.ori==0?ar:sr,A,F;S==1?(A=n,F=r):(A=r,F=n);let P=q(m(s[A],c,C,_)),j=q(
g(f[A],d,O,M)),X=q(m(s[F],c,C,_)),nt=q(g(o==1?d.max:d.min,d,O,M)),Q=new Path2D(i);return I(Q,X,nt),I(Q,P,nt),I(
Q,P,j),Q})}function di(t,e,n,r,i,o){let l=null;if(t.length>0){l=new Path2D;let s=e==0?wi:Xl,f=n;for(let m=0;m<
t.length;m++){let g=t[m];if(g[1]>g[0]){let _=g[0]-f;_>0&&s(l,f,r,_,r+o),f=g[1]}}let c=n+i-f,d=10;c>0&&s(l,f,r-
d/2,c,r+o+d)}return l}function Pp(t,e,n){let r=t[t.length-1];r&&r[0]==e?r[1]=n:t.push([e,n])}function Jl(t,e,n,r,i,o,l){
let s=[],f=t.length;for(let c=i==1?n:r;c>=n&&c<=r;c+=i)if(e[c]===null){let m=c,g=c;if(i==1)for(;++c<=r&&e[c]===
null;)g=c;else for(;--c>=n&&e[c]===null;)g=c;let _=o(t[m]),M=g==m?_:o(t[g]),C=m-i;_=l<=0&&C>=0&&C<f?o(t[C]):_;
let q=g+i;M=l>=0&&q>=0&&q<f?o(t[q]):M,M>=_&&s.push([_,M])}return s}function Qa(t){return t==0?os:t==1?Ht:e=>Sn(
e,t)}function Cs(t){let e=t==0?gi:xi,n=t==0?(i,o,l,s,f,c)=>{i.arcTo(o,l,s,f,c)}:(i,o,l,s,f,c)=>{i.arcTo(l,o,f,
s,c)},r=t==0?(i,o,l,s,f)=>{i.rect(o,l,s,f)}:(i,o,l,s,f)=>{i.rect(l,o,f,s)};return(i,o,l,s,f,c=0,d=0)=>{c==0&&d==
0?r(i,o,l,s,f):(c=Re(c,s/2,f/2),d=Re(d,s/2,f/2),e(i,o+c,l),n(i,o+s,l,o+s,l+f,c),n(i,o+s,l+f,o,l+f,d),n(i,o,l+f,
o,l,d),n(i,o,l,o+s,l,c),i.closePath())}}var gi=(t,e,n)=>{t.moveTo(e,n)},xi=(t,e,n)=>{t.moveTo(n,e)},ar=(t,e,n)=>{
t.lineTo(e,n)},sr=(t,e,n)=>{t.lineTo(n,e)},wi=Cs(0),Xl=Cs(1),Ds=(t,e,n,r,i,o)=>{t.arc(e,n,r,i,o)},Ps=(t,e,n,r,i,o)=>{
t.arc(n,e,r,i,o)},Ls=(t,e,n,r,i,o,l)=>{t.bezierCurveTo(e,n,r,i,o,l)},Is=(t,e,n,r,i,o,l)=>{t.bezierCurveTo(n,e,
i,r,l,o)};function Os(t){return(e,n,r,i,o)=>Nn(e,n,(l,s,f,c,d,m,g,_,M,C,O)=>{let{pxRound:q,points:S}=l,I,A;c.ori==
0?(I=gi,A=Ds):(I=xi,A=Ps);let F=St(S.width*gt,3),P=(S.size-S.width)/2*gt,j=St(P*2,3),X=new Path2D,nt=new Path2D,
{left:Q,top:b,width:J,height:R}=e.bbox;wi(nt,Q-j,b-j,J+j*2,R+j*2);let U=K=>{if(f[K]!=null){let rt=q(m(s[K],c,C,
_)),B=q(g(f[K],d,O,M));I(X,rt+P,B),A(X,rt,B,P,0,ai*2)}};if(o)o.forEach(U);else for(let K=r;K<=i;K++)U(K);return{
stroke:F>0?X:null,fill:X,clip:nt,flags:lr|Rl}})}function Rs(t){return(e,n,r,i,o,l)=>{r!=i&&(o!=r&&l!=r&&t(e,n,
r),o!=i&&l!=i&&t(e,n,i),t(e,n,l))}}var Lp=Rs(ar),Ip=Rs(sr);function Hs(t){let e=mt(t?.alignGaps,0);return(n,r,i,o)=>Nn(
n,r,(l,s,f,c,d,m,g,_,M,C,O)=>{[i,o]=ci(f,i,o);let q=l.pxRound,S=R=>q(m(R,c,C,_)),I=R=>q(g(R,d,O,M)),A,F;c.ori==
0?(A=ar,F=Lp):(A=sr,F=Ip);let P=c.dir*(c.ori==0?1:-1),j={stroke:new Path2D,fill:null,clip:null,band:null,gaps:null,
flags:lr},X=j.stroke,nt=!1;if(o-i>=C*4){let R=Y=>n.posToVal(Y,c.key,!0),U=null,K=null,rt,B,Ct,st=S(s[P==1?i:o]),
ut=S(s[i]),xt=S(s[o]),ot=R(P==1?ut+1:xt-1);for(let Y=P==1?i:o;Y>=i&&Y<=o;Y+=P){let It=s[Y],vt=(P==1?It<ot:It>ot)?
st:S(It),ht=f[Y];vt==st?ht!=null?(B=ht,U==null?(A(X,vt,I(B)),rt=U=K=B):B<U?U=B:B>K&&(K=B)):ht===null&&(nt=!0):
(U!=null&&F(X,st,I(U),I(K),I(rt),I(B)),ht!=null?(B=ht,A(X,vt,I(B)),U=K=rt=B):(U=K=null,ht===null&&(nt=!0)),st=
vt,ot=R(st+P))}U!=null&&U!=K&&Ct!=st&&F(X,st,I(U),I(K),I(rt),I(B))}else for(let R=P==1?i:o;R>=i&&R<=o;R+=P){let U=f[R];
U===null?nt=!0:U!=null&&A(X,S(s[R]),I(U))}let[b,J]=Ql(n,r);if(l.fill!=null||b!=0){let R=j.fill=new Path2D(X),U=l.
fillTo(n,r,l.min,l.max,b),K=I(U),rt=S(s[i]),B=S(s[o]);P==-1&&([B,rt]=[rt,B]),A(R,B,K),A(R,rt,K)}if(!l.spanGaps){
let R=[];nt&&R.push(...Jl(s,f,i,o,P,S,e)),j.gaps=R=l.gaps(n,r,i,o,R),j.clip=di(R,c.ori,_,M,C,O)}return J!=0&&(j.
band=J==2?[Xe(n,r,i,o,X,-1),Xe(n,r,i,o,X,1)]:Xe(n,r,i,o,X,J)),j})}function Op(t){let e=mt(t.align,1),n=mt(t.ascDesc,
!1),r=mt(t.alignGaps,0),i=mt(t.extend,!1);return(o,l,s,f)=>Nn(o,l,(c,d,m,g,_,M,C,O,q,S,I)=>{[s,f]=ci(m,s,f);let A=c.
pxRound,{left:F,width:P}=o.bbox,j=ut=>A(M(ut,g,S,O)),X=ut=>A(C(ut,_,I,q)),nt=g.ori==0?ar:sr,Q={stroke:new Path2D,
fill:null,clip:null,band:null,gaps:null,flags:lr},b=Q.stroke,J=g.dir*(g.ori==0?1:-1),R=X(m[J==1?s:f]),U=j(d[J==
1?s:f]),K=U,rt=U;i&&e==-1&&(rt=F,nt(b,rt,R)),nt(b,U,R);for(let ut=J==1?s:f;ut>=s&&ut<=f;ut+=J){let xt=m[ut];if(xt==
null)continue;let ot=j(d[ut]),Y=X(xt);e==1?nt(b,ot,R):nt(b,K,Y),nt(b,ot,Y),R=Y,K=ot}let B=K;i&&e==1&&(B=F+P,nt(
b,B,R));let[Ct,st]=Ql(o,l);if(c.fill!=null||Ct!=0){let ut=Q.fill=new Path2D(b),xt=c.fillTo(o,l,c.min,c.max,Ct),
ot=X(xt);nt(ut,B,ot),nt(ut,rt,ot)}if(!c.spanGaps){let ut=[];ut.push(...Jl(d,m,s,f,J,j,r));let xt=c.width*gt/2,
ot=n||e==1?xt:-xt,Y=n||e==-1?-xt:xt;ut.forEach(It=>{It[0]+=ot,It[1]+=Y}),Q.gaps=ut=c.gaps(o,l,s,f,ut),Q.clip=di(
ut,g.ori,O,q,S,I)}return st!=0&&(Q.band=st==2?[Xe(o,l,s,f,b,-1),Xe(o,l,s,f,b,1)]:Xe(o,l,s,f,b,st)),Q})}function Ja(t,e,n,r,i,o,l=bt){
if(t.length>1){let s=null;for(let f=0,c=1/0;f<t.length;f++)if(e[f]!==void 0){if(s!=null){let d=Ft(t[f]-t[s]);d<
c&&(c=d,l=Ft(n(t[f],r,i,o)-n(t[s],r,i,o)))}s=f}}return l}function Rp(t){t=t||Dr;let e=mt(t.size,[.6,bt,1]),n=t.
align||0,r=t.gap||0,i=t.radius;i=i==null?[0,0]:typeof i=="number"?[i,0]:i;let o=ft(i),l=1-e[0],s=mt(e[1],bt),f=mt(
e[2],1),c=mt(t.disp,Dr),d=mt(t.each,_=>{}),{fill:m,stroke:g}=c;return(_,M,C,O)=>Nn(_,M,(q,S,I,A,F,P,j,X,nt,Q,b)=>{
let J=q.pxRound,R=n,U=r*gt,K=s*gt,rt=f*gt,B,Ct;A.ori==0?[B,Ct]=o(_,M):[Ct,B]=o(_,M);let st=A.dir*(A.ori==0?1:-1),
ut=A.ori==0?wi:Xl,xt=A.ori==0?d:(D,G,ct,_e,Ze,$t,gn)=>{d(D,G,ct,Ze,_e,gn,$t)},ot=mt(_.bands,Gl).find(D=>D.series[0]==
M),Y=ot!=null?ot.dir:0,It=q.fillTo(_,M,q.min,q.max,Y),Vt=J(j(It,F,b,nt)),vt,ht,ue,te=Q,wt=J(q.width*gt),ce=!1,
Ne=null,oe=null,Te=null,Fe=null;m!=null&&(wt==0||g!=null)&&(ce=!0,Ne=m.values(_,M,C,O),oe=new Map,new Set(Ne).
forEach(D=>{D!=null&&oe.set(D,new Path2D)}),wt>0&&(Te=g.values(_,M,C,O),Fe=new Map,new Set(Te).forEach(D=>{D!=
null&&Fe.set(D,new Path2D)})));let{x0:E,size:w}=c;if(E!=null&&w!=null){R=1,S=E.values(_,M,C,O),E.unit==2&&(S=S.
map(ct=>_.posToVal(X+ct*Q,A.key,!0)));let D=w.values(_,M,C,O);w.unit==2?ht=D[0]*Q:ht=P(D[0],A,Q,X)-P(0,A,Q,X),
te=Ja(S,I,P,A,Q,X,te),ue=te-ht+U}else te=Ja(S,I,P,A,Q,X,te),ue=te*l+U,ht=te-ue;ue<1&&(ue=0),wt>=ht/2&&(wt=0),ue<
5&&(J=os);let L=ue>0,T=te-ue-(L?wt:0);ht=J(Ll(T,rt,K)),vt=(R==0?ht/2:R==st?0:ht)-R*st*((R==0?U/2:0)+(L?wt/2:0));
let W={stroke:null,fill:null,clip:null,band:null,gaps:null,flags:0},et=ce?null:new Path2D,lt=null;if(ot!=null)
lt=_.data[ot.series[1]];else{let{y0:D,y1:G}=c;D!=null&&G!=null&&(I=G.values(_,M,C,O),lt=D.values(_,M,C,O))}let Mt=B*
ht,V=Ct*ht;for(let D=st==1?C:O;D>=C&&D<=O;D+=st){let G=I[D];if(G==null)continue;if(lt!=null){let ae=lt[D]??0;if(G-
ae==0)continue;Vt=j(ae,F,b,nt)}let ct=A.distr!=2||c!=null?S[D]:D,_e=P(ct,A,Q,X),Ze=j(mt(G,It),F,b,nt),$t=J(_e-
vt),gn=J(ie(Ze,Vt)),he=J(Re(Ze,Vt)),ve=gn-he;if(G!=null){let ae=G<0?V:Mt,Ce=G<0?Mt:V;ce?(wt>0&&Te[D]!=null&&ut(
Fe.get(Te[D]),$t,he+xe(wt/2),ht,ie(0,ve-wt),ae,Ce),Ne[D]!=null&&ut(oe.get(Ne[D]),$t,he+xe(wt/2),ht,ie(0,ve-wt),
ae,Ce)):ut(et,$t,he+xe(wt/2),ht,ie(0,ve-wt),ae,Ce),xt(_,M,D,$t-wt/2,he,ht+wt,ve)}}return wt>0?W.stroke=ce?Fe:et:
ce||(W._fill=q.width==0?q._fill:q._stroke??q._fill,W.width=0),W.fill=ce?oe:et,W})}function Hp(t,e){let n=mt(e?.
alignGaps,0);return(r,i,o,l)=>Nn(r,i,(s,f,c,d,m,g,_,M,C,O,q)=>{[o,l]=ci(c,o,l);let S=s.pxRound,I=B=>S(g(B,d,O,
M)),A=B=>S(_(B,m,q,C)),F,P,j;d.ori==0?(F=gi,j=ar,P=Ls):(F=xi,j=sr,P=Is);let X=d.dir*(d.ori==0?1:-1),nt=I(f[X==
1?o:l]),Q=nt,b=[],J=[];for(let B=X==1?o:l;B>=o&&B<=l;B+=X)if(c[B]!=null){let st=f[B],ut=I(st);b.push(Q=ut),J.push(
A(c[B]))}let R={stroke:t(b,J,F,j,P,S),fill:null,clip:null,band:null,gaps:null,flags:lr},U=R.stroke,[K,rt]=Ql(r,
i);if(s.fill!=null||K!=0){let B=R.fill=new Path2D(U),Ct=s.fillTo(r,i,s.min,s.max,K),st=A(Ct);j(B,Q,st),j(B,nt,
st)}if(!s.spanGaps){let B=[];B.push(...Jl(f,c,o,l,X,I,n)),R.gaps=B=s.gaps(r,i,o,l,B),R.clip=di(B,d.ori,M,C,O,q)}
return rt!=0&&(R.band=rt==2?[Xe(r,i,o,l,U,-1),Xe(r,i,o,l,U,1)]:Xe(r,i,o,l,U,rt)),R})}function Fp(t){return Hp(
zp,t)}function zp(t,e,n,r,i,o){let l=t.length;if(l<2)return null;let s=new Path2D;if(n(s,t[0],e[0]),l==2)r(s,t[1],
e[1]);else{let f=Array(l),c=Array(l-1),d=Array(l-1),m=Array(l-1);for(let g=0;g<l-1;g++)d[g]=e[g+1]-e[g],m[g]=t[g+
1]-t[g],c[g]=d[g]/m[g];f[0]=c[0];for(let g=1;g<l-1;g++)c[g]===0||c[g-1]===0||c[g-1]>0!=c[g]>0?f[g]=0:(f[g]=3*(m[g-
1]+m[g])/((2*m[g]+m[g-1])/c[g-1]+(m[g]+2*m[g-1])/c[g]),isFinite(f[g])||(f[g]=0));f[l-1]=c[l-2];for(let g=0;g<l-
1;g++)i(s,t[g]+m[g]/3,e[g]+f[g]*m[g]/3,t[g+1]-m[g]/3,e[g+1]-f[g+1]*m[g]/3,t[g+1],e[g+1])}return s}var Hl=new Set;
function Xa(){for(let t of Hl)t.syncRect(!0)}or&&(An(yh,er,Xa),An(_h,er,Xa,!0),An(si,er,()=>{Jt.pxRatio=gt}));
var Vp=Hs(),$p=Os();function ja(t,e,n,r){return(r?[t[0],t[1]].concat(t.slice(2)):[t[0]].concat(t.slice(1))).map(
(o,l)=>Fl(o,l,e,n))}function Bp(t,e){return t.map((n,r)=>r==0?{}:Rt({},e,n))}function Fl(t,e,n,r){return Rt({},
e==0?n:r,t)}function Fs(t,e,n){return e==null?rr:[e,n]}var qp=Fs;function Wp(t,e,n){return e==null?rr:fi(e,n,ql,
!0)}function zs(t,e,n,r){return e==null?rr:hi(e,n,t.scales[r].log,!1)}var Gp=zs;function Vs(t,e,n,r){return e==
null?rr:Bl(e,n,t.scales[r].log,!1)}var Yp=Vs;function Up(t,e,n,r,i){let o=ie(Da(t),Da(e)),l=e-t,s=Oe(i/r*l,n);
do{let f=n[s],c=r*f/l;if(c>=i&&o+(f<5?cn.get(f):0)<=17)return[f,c]}while(++s<n.length);return[0,0]}function ts(t){
let e,n;return t=t.replace(/(\d+)px/,(r,i)=>(e=Ht((n=+i)*gt))+"px"),[t,e,n]}function Kp(t){t.show&&[t.font,t.labelFont].
forEach(e=>{let n=St(e[2]*gt,1);e[0]=e[0].replace(/[0-9.]+px/,n+"px"),e[1]=n})}function Jt(t,e,n){let r={mode:mt(
t.mode,1)},i=r.mode;function o(a,u,h,p){let x=u.valToPct(a);return p+h*(u.dir==-1?1-x:x)}function l(a,u,h,p){let x=u.
valToPct(a);return p+h*(u.dir==-1?x:1-x)}function s(a,u,h,p){return u.ori==0?o(a,u,h,p):l(a,u,h,p)}r.valToPosH=
o,r.valToPosV=l;let f=!1;r.status=0;let c=r.root=Ae(eh);if(t.id!=null&&(c.id=t.id),ge(c,t.class),t.title){let a=Ae(
ih,c);a.textContent=t.title}let d=Ie("canvas"),m=r.ctx=d.getContext("2d"),g=Ae(lh,c);An("click",g,a=>{a.target===
M&&(kt!=Kn||Tt!=Zn)&&Qt.click(r,a)},!0);let _=r.under=Ae(oh,g);g.appendChild(d);let M=r.over=Ae(ah,g);t=ir(t);
let C=+mt(t.pxAlign,1),O=Qa(C);(t.plugins||[]).forEach(a=>{a.opts&&(t=a.opts(r,t)||t)});let q=t.ms||.001,S=r.series=
i==1?ja(t.series||[],qa,Ka,!1):Bp(t.series||[null],Ua),I=r.axes=ja(t.axes||[],Ba,Ga,!0),A=r.scales={},F=r.bands=
t.bands||[];F.forEach(a=>{a.fill=ft(a.fill||null),a.dir=mt(a.dir,-1)});let P=i==2?S[1].facets[0].scale:S[0].scale,
j={axes:Ic,series:Tc},X=(t.drawOrder||["axes","series"]).map(a=>j[a]);function nt(a){let u=a.distr==3?h=>Je(h>
0?h:a.clamp(r,h,a.min,a.max,a.key)):a.distr==4?h=>kl(h,a.asinh):a.distr==100?h=>a.fwd(h):h=>h;return h=>{let p=u(
h),{_min:x,_max:y}=a,v=y-x;return(p-x)/v}}function Q(a){let u=A[a];if(u==null){let h=(t.scales||Dr)[a]||Dr;if(h.
from!=null){Q(h.from);let p=Rt({},A[h.from],h,{key:a});p.valToPct=nt(p),A[a]=p}else{u=A[a]=Rt({},a==P?Ns:Cp,h),
u.key=a;let p=u.time,x=u.range,y=un(x);if((a!=P||i==2&&!p)&&(y&&(x[0]==null||x[1]==null)&&(x={min:x[0]==null?Na:
{mode:1,hard:x[0],soft:x[0]},max:x[1]==null?Na:{mode:1,hard:x[1],soft:x[1]}},y=!1),!y&&mi(x))){let v=x;x=(k,N,H)=>N==
null?rr:fi(N,H,v)}u.range=ft(x||(p?qp:a==P?u.distr==3?Gp:u.distr==4?Yp:Fs:u.distr==3?zs:u.distr==4?Vs:Wp)),u.auto=
ft(y?!1:u.auto),u.clamp=ft(u.clamp||Tp),u._min=u._max=null,u.valToPct=nt(u)}}}Q("x"),Q("y"),i==1&&S.forEach(a=>{
Q(a.scale)}),I.forEach(a=>{Q(a.scale)});for(let a in t.scales)Q(a);let b=A[P],J=b.distr,R,U;b.ori==0?(ge(c,nh),
R=o,U=l):(ge(c,rh),R=l,U=o);let K={};for(let a in A){let u=A[a];(u.min!=null||u.max!=null)&&(K[a]={min:u.min,max:u.
max},u.min=u.max=null)}let rt=t.tzDate||(a=>new Date(Ht(a/q))),B=t.fmtDate||Yl,Ct=q==1?np(rt):lp(rt),st=za(rt,
Fa(q==1?ep:ip,B)),ut=$a(rt,Va(ap,B)),xt=[],ot=r.legend=Rt({},up,t.legend),Y=r.cursor=Rt({},gp,{drag:{y:i==2}},
t.cursor),It=ot.show,Vt=Y.show,vt=ot.markers;ot.idxs=xt,vt.width=ft(vt.width),vt.dash=ft(vt.dash),vt.stroke=ft(
vt.stroke),vt.fill=ft(vt.fill);let ht,ue,te,wt=[],ce=[],Ne,oe=!1,Te={};if(ot.live){let a=S[1]?S[1].values:null;
oe=a!=null,Ne=oe?a(r,1,0):{_:0};for(let u in Ne)Te[u]=Vl}if(It)if(ht=Ie("table",ph,c),te=Ie("tbody",null,ht),ot.
mount(r,ht),oe){ue=Ie("thead",null,ht,te);let a=Ie("tr",null,ue);Ie("th",null,a);for(var Fe in Ne)Ie("th",da,a).
textContent=Fe}else ge(ht,dh),ot.live&&ge(ht,mh);let E={show:!0},w={show:!1};function L(a,u){if(u==0&&(oe||!ot.
live||i==2))return rr;let h=[],p=Ie("tr",gh,te,te.childNodes[u]);ge(p,a.class),a.show||ge(p,kn);let x=Ie("th",
null,p);if(vt.show){let k=Ae(xh,x);if(u>0){let N=vt.width(r,u);N&&(k.style.border=N+"px "+vt.dash(r,u)+" "+vt.
stroke(r,u)),k.style.background=vt.fill(r,u)}}let y=Ae(da,x);a.label instanceof HTMLElement?y.appendChild(a.label):
y.textContent=a.label,u>0&&(vt.show||(y.style.color=a.width>0?vt.stroke(r,u):vt.fill(r,u)),W("click",x,k=>{if(Y.
_lock)return;wn(k);let N=S.indexOf(a);if((k.ctrlKey||k.metaKey)!=ot.isolate){let H=S.some((z,$)=>$>0&&$!=N&&z.
show);S.forEach((z,$)=>{$>0&&Ve($,H?$==N?E:w:E,!0,Ot.setSeries)})}else Ve(N,{show:!a.show},!0,Ot.setSeries)},!1),
zn&&W(ya,x,k=>{Y._lock||(wn(k),Ve(S.indexOf(a),Jn,!0,Ot.setSeries))},!1));for(var v in Ne){let k=Ie("td",wh,p);
k.textContent="--",h.push(k)}return[p,h]}let T=new Map;function W(a,u,h,p=!0){let x=T.get(u)||{},y=Y.bind[a](r,
u,h,p);y&&(An(a,u,x[a]=y),T.set(u,x))}function et(a,u,h){let p=T.get(u)||{};for(let x in p)(a==null||x==a)&&(Pl(
x,u,p[x]),delete p[x]);a==null&&T.delete(u)}let lt=0,Mt=0,V=0,D=0,G=0,ct=0,_e=G,Ze=ct,$t=V,gn=D,he=0,ve=0,ae=0,
Ce=0;r.bbox={};let Xi=!1,Zr=!1,Fn=!1,xn=!1,Qr=!1,be=!1;function ji(a,u,h){(h||a!=r.width||u!=r.height)&&zo(a,u),
Wn(!1),Fn=!0,Zr=!0,Gn()}function zo(a,u){r.width=lt=V=a,r.height=Mt=D=u,G=ct=0,bc(),Sc();let h=r.bbox;he=h.left=
Sn(G*gt,.5),ve=h.top=Sn(ct*gt,.5),ae=h.width=Sn(V*gt,.5),Ce=h.height=Sn(D*gt,.5)}let yc=3;function _c(){let a=!1,
u=0;for(;!a;){u++;let h=Pc(u),p=Lc(u);a=u==yc||h&&p,a||(zo(r.width,r.height),Zr=!0)}}function vc({width:a,height:u}){
ji(a,u)}r.setSize=vc;function bc(){let a=!1,u=!1,h=!1,p=!1;I.forEach((x,y)=>{if(x.show&&x._show){let{side:v,_size:k}=x,
N=v%2,H=x.label!=null?x.labelSize:0,z=k+H;z>0&&(N?(V-=z,v==3?(G+=z,p=!0):h=!0):(D-=z,v==0?(ct+=z,a=!0):u=!0))}}),
yn[0]=a,yn[1]=h,yn[2]=u,yn[3]=p,V-=ln[1]+ln[3],G+=ln[3],D-=ln[2]+ln[0],ct+=ln[0]}function Sc(){let a=G+V,u=ct+
D,h=G,p=ct;function x(y,v){switch(y){case 1:return a+=v,a-v;case 2:return u+=v,u-v;case 3:return h-=v,h+v;case 0:
return p-=v,p+v}}I.forEach((y,v)=>{if(y.show&&y._show){let k=y.side;y._pos=x(k,y._size),y.label!=null&&(y._lpos=
x(k,y.labelSize))}})}if(Y.dataIdx==null){let a=Y.hover,u=a.skip=new Set(a.skip??[]);u.add(void 0);let h=a.prox=
ft(a.prox),p=a.bias??=0;Y.dataIdx=(x,y,v,k)=>{if(y==0)return v;let N=v,H=h(x,y,v,k)??bt,z=H>=0&&H<bt,$=b.ori==
0?V:D,it=Y.left,dt=e[0],pt=e[y];if(u.has(pt[v])){N=null;let at=null,tt=null,Z;if(p==0||p==-1)for(Z=v;at==null&&
Z-- >0;)u.has(pt[Z])||(at=Z);if(p==0||p==1)for(Z=v;tt==null&&Z++<pt.length;)u.has(pt[Z])||(tt=Z);if(at!=null||
tt!=null)if(z){let Et=at==null?-1/0:R(dt[at],b,$,0),Dt=tt==null?1/0:R(dt[tt],b,$,0),Ut=it-Et,_t=Dt-it;Ut<=_t?Ut<=
H&&(N=at):_t<=H&&(N=tt)}else N=tt==null?at:at==null?tt:v-at<=tt-v?at:tt}else z&&Ft(it-R(dt[v],b,$,0))>H&&(N=null);
return N}}let wn=a=>{Y.event=a};Y.idxs=xt,Y._lock=!1;let jt=Y.points;jt.show=ft(jt.show),jt.size=ft(jt.size),jt.
stroke=ft(jt.stroke),jt.width=ft(jt.width),jt.fill=ft(jt.fill);let ze=r.focus=Rt({},t.focus||{alpha:.3},Y.focus),
zn=ze.prox>=0,Vn=zn&&jt.one,Se=[],$n=[],Bn=[];function Vo(a,u){let h=jt.show(r,u);if(h instanceof HTMLElement)
return ge(h,hh),ge(h,a.class),We(h,-10,-10,V,D),M.insertBefore(h,Se[u]),h}function $o(a,u){if(i==1||u>0){let h=i==
1&&A[a.scale].time,p=a.value;a.value=h?Ia(p)?$a(rt,Va(p,B)):p||ut:p||Ap,a.label=a.label||(h?wp:xp)}if(Vn||u>0){
a.width=a.width==null?1:a.width,a.paths=a.paths||Vp||Ch,a.fillTo=ft(a.fillTo||Dp),a.pxAlign=+mt(a.pxAlign,C),a.
pxRound=Qa(a.pxAlign),a.stroke=ft(a.stroke||null),a.fill=ft(a.fill||null),a._stroke=a._fill=a._paths=a._focus=
null;let h=Ep(ie(1,a.width),1),p=a.points=Rt({},{size:h,width:ie(1,h*.2),stroke:a.stroke,space:h*2,paths:$p,_stroke:null,
_fill:null},a.points);p.show=ft(p.show),p.filter=ft(p.filter),p.fill=ft(p.fill),p.stroke=ft(p.stroke),p.paths=
ft(p.paths),p.pxAlign=a.pxAlign}if(It){let h=L(a,u);wt.splice(u,0,h[0]),ce.splice(u,0,h[1]),ot.values.push(null)}
if(Vt){xt.splice(u,0,null);let h=null;Vn?u==0&&(h=Vo(a,u)):u>0&&(h=Vo(a,u)),Se.splice(u,0,h),$n.splice(u,0,0),
Bn.splice(u,0,0)}Yt("addSeries",u)}function Mc(a,u){u=u??S.length,a=i==1?Fl(a,u,qa,Ka):Fl(a,u,{},Ua),S.splice(
u,0,a),$o(S[u],u)}r.addSeries=Mc;function kc(a){if(S.splice(a,1),It){ot.values.splice(a,1),ce.splice(a,1);let u=wt.
splice(a,1)[0];et(null,u.firstChild),u.remove()}Vt&&(xt.splice(a,1),Se.splice(a,1)[0].remove(),$n.splice(a,1),
Bn.splice(a,1)),Yt("delSeries",a)}r.delSeries=kc;let yn=[!1,!1,!1,!1];function Ac(a,u){if(a._show=a.show,a.show){
let h=a.side%2,p=A[a.scale];p==null&&(a.scale=h?S[1].scale:P,p=A[a.scale]);let x=p.time;a.size=ft(a.size),a.space=
ft(a.space),a.rotate=ft(a.rotate),un(a.incrs)&&a.incrs.forEach(v=>{!cn.has(v)&&cn.set(v,fs(v))}),a.incrs=ft(a.
incrs||(p.distr==2?Xh:x?q==1?tp:rp:Mn)),a.splits=ft(a.splits||(x&&p.distr==1?Ct:p.distr==3?Il:p.distr==4?vp:_p)),
a.stroke=ft(a.stroke),a.grid.stroke=ft(a.grid.stroke),a.ticks.stroke=ft(a.ticks.stroke),a.border.stroke=ft(a.border.
stroke);let y=a.values;a.values=un(y)&&!un(y[0])?ft(y):x?un(y)?za(rt,Fa(y,B)):Ia(y)?op(rt,y):y||st:y||yp,a.filter=
ft(a.filter||(p.distr>=3&&p.log==10?Mp:p.distr==3&&p.log==2?kp:as)),a.font=ts(a.font),a.labelFont=ts(a.labelFont),
a._size=a.size(r,null,u,0),a._space=a._rotate=a._incrs=a._found=a._splits=a._values=null,a._size>0&&(yn[u]=!0,
a._el=Ae(sh,g))}}function yr(a,u,h,p){let[x,y,v,k]=h,N=u%2,H=0;return N==0&&(k||y)&&(H=u==0&&!x||u==2&&!v?Ht(Ba.
size/3):0),N==1&&(x||v)&&(H=u==1&&!y||u==3&&!k?Ht(Ga.size/2):0),H}let Bo=r.padding=(t.padding||[yr,yr,yr,yr]).
map(a=>ft(mt(a,yr))),ln=r._padding=Bo.map((a,u)=>a(r,u,yn,0)),Zt,Bt=null,qt=null,Jr=i==1?S[0].idxs:null,De=null,
_r=!1;function qo(a,u){if(e=a??[],r.data=r._data=e,i==2){Zt=0;for(let h=1;h<S.length;h++)Zt+=e[h][0].length}else{
e.length==0&&(r.data=r._data=e=[[]]),De=e[0],Zt=De.length;let h=e;if(J==2){h=e.slice();let p=h[0]=Array(Zt);for(let x=0;x<
Zt;x++)p[x]=x}r._data=e=h}if(Wn(!0),Yt("setData"),J==2&&(Fn=!0),u!==!1){let h=b;h.auto(r,_r)?tl():an(P,h.min,h.
max),xn=xn||Y.left>=0,be=!0,Gn()}}r.setData=qo;function tl(){_r=!0;let a,u;i==1&&(Zt>0?(Bt=Jr[0]=0,qt=Jr[1]=Zt-
1,a=e[0][Bt],u=e[0][qt],J==2?(a=Bt,u=qt):a==u&&(J==3?[a,u]=hi(a,a,b.log,!1):J==4?[a,u]=Bl(a,a,b.log,!1):b.time?
u=a+Ht(86400/q):[a,u]=fi(a,u,ql,!0))):(Bt=Jr[0]=a=null,qt=Jr[1]=u=null)),an(P,a,u)}let Xr,qn,el,nl,rl,il,ll,ol,
al,se;function Wo(a,u,h,p,x,y){a??=xa,h??=Gl,p??="butt",x??=xa,y??="round",a!=Xr&&(m.strokeStyle=Xr=a),x!=qn&&
(m.fillStyle=qn=x),u!=el&&(m.lineWidth=el=u),y!=rl&&(m.lineJoin=rl=y),p!=il&&(m.lineCap=il=p),h!=nl&&m.setLineDash(
nl=h)}function Go(a,u,h,p){u!=qn&&(m.fillStyle=qn=u),a!=ll&&(m.font=ll=a),h!=ol&&(m.textAlign=ol=h),p!=al&&(m.
textBaseline=al=p)}function sl(a,u,h,p,x=0){if(p.length>0&&a.auto(r,_r)&&(u==null||u.min==null)){let y=mt(Bt,0),
v=mt(qt,p.length-1),k=h.min==null?Mh(p,y,v,x,a.distr==3):[h.min,h.max];a.min=Re(a.min,h.min=k[0]),a.max=ie(a.max,
h.max=k[1])}}let Yo={min:null,max:null};function Ec(){for(let p in A){let x=A[p];K[p]==null&&(x.min==null||K[P]!=
null&&x.auto(r,_r))&&(K[p]=Yo)}for(let p in A){let x=A[p];K[p]==null&&x.from!=null&&K[x.from]!=null&&(K[p]=Yo)}
K[P]!=null&&Wn(!0);let a={};for(let p in K){let x=K[p];if(x!=null){let y=a[p]=ir(A[p],Lh);if(x.min!=null)Rt(y,
x);else if(p!=P||i==2)if(Zt==0&&y.from==null){let v=y.range(r,null,null,p);y.min=v[0],y.max=v[1]}else y.min=bt,
y.max=-bt}}if(Zt>0){S.forEach((p,x)=>{if(i==1){let y=p.scale,v=K[y];if(v==null)return;let k=a[y];if(x==0){let N=k.
range(r,k.min,k.max,y);k.min=N[0],k.max=N[1],Bt=Oe(k.min,e[0]),qt=Oe(k.max,e[0]),qt-Bt>1&&(e[0][Bt]<k.min&&Bt++,
e[0][qt]>k.max&&qt--),p.min=De[Bt],p.max=De[qt]}else p.show&&p.auto&&sl(k,v,p,e[x],p.sorted);p.idxs[0]=Bt,p.idxs[1]=
qt}else if(x>0&&p.show&&p.auto){let[y,v]=p.facets,k=y.scale,N=v.scale,[H,z]=e[x],$=a[k],it=a[N];$!=null&&sl($,
K[k],y,H,y.sorted),it!=null&&sl(it,K[N],v,z,v.sorted),p.min=v.min,p.max=v.max}});for(let p in a){let x=a[p],y=K[p];
if(x.from==null&&(y==null||y.min==null)){let v=x.range(r,x.min==bt?null:x.min,x.max==-bt?null:x.max,p);x.min=v[0],
x.max=v[1]}}}for(let p in a){let x=a[p];if(x.from!=null){let y=a[x.from];if(y.min==null)x.min=x.max=null;else{
let v=x.range(r,y.min,y.max,p);x.min=v[0],x.max=v[1]}}}let u={},h=!1;for(let p in a){let x=a[p],y=A[p];if(y.min!=
x.min||y.max!=x.max){y.min=x.min,y.max=x.max;let v=y.distr;y._min=v==3?Je(y.min):v==4?kl(y.min,y.asinh):v==100?
y.fwd(y.min):y.min,y._max=v==3?Je(y.max):v==4?kl(y.max,y.asinh):v==100?y.fwd(y.max):y.max,u[p]=h=!0}}if(h){S.forEach(
(p,x)=>{i==2?x>0&&u.y&&(p._paths=null):u[p.scale]&&(p._paths=null)});for(let p in u)Fn=!0,Yt("setScale",p);Vt&&
Y.left>=0&&(xn=be=!0)}for(let p in K)K[p]=null}function Nc(a){let u=Ll(Bt-1,0,Zt-1),h=Ll(qt+1,0,Zt-1);for(;a[u]==
null&&u>0;)u--;for(;a[h]==null&&h<Zt-1;)h++;return[u,h]}function Tc(){if(Zt>0){let a=S.some(u=>u._focus)&&se!=
ze.alpha;a&&(m.globalAlpha=se=ze.alpha),S.forEach((u,h)=>{if(h>0&&u.show&&(Uo(h,!1),Uo(h,!0),u._paths==null)){
let p=se;se!=u.alpha&&(m.globalAlpha=se=u.alpha);let x=i==2?[0,e[h][0].length-1]:Nc(e[h]);u._paths=u.paths(r,h,
x[0],x[1]),se!=p&&(m.globalAlpha=se=p)}}),S.forEach((u,h)=>{if(h>0&&u.show){let p=se;se!=u.alpha&&(m.globalAlpha=
se=u.alpha),u._paths!=null&&Ko(h,!1);{let x=u._paths!=null?u._paths.gaps:null,y=u.points.show(r,h,Bt,qt,x),v=u.
points.filter(r,h,y,x);(y||v)&&(u.points._paths=u.points.paths(r,h,Bt,qt,v),Ko(h,!0))}se!=p&&(m.globalAlpha=se=
p),Yt("drawSeries",h)}}),a&&(m.globalAlpha=se=1)}}function Uo(a,u){let h=u?S[a].points:S[a];h._stroke=h.stroke(
r,a),h._fill=h.fill(r,a)}function Ko(a,u){let h=u?S[a].points:S[a],{stroke:p,fill:x,clip:y,flags:v,_stroke:k=h.
_stroke,_fill:N=h._fill,_width:H=h.width}=h._paths;H=St(H*gt,3);let z=null,$=H%2/2;u&&N==null&&(N=H>0?"#fff":k);
let it=h.pxAlign==1&&$>0;if(it&&m.translate($,$),!u){let dt=he-H/2,pt=ve-H/2,at=ae+H,tt=Ce+H;z=new Path2D,z.rect(
dt,pt,at,tt)}u?fl(k,H,h.dash,h.cap,N,p,x,v,y):Cc(a,k,H,h.dash,h.cap,N,p,x,v,z,y),it&&m.translate(-$,-$)}function Cc(a,u,h,p,x,y,v,k,N,H,z){
let $=!1;N!=0&&F.forEach((it,dt)=>{if(it.series[0]==a){let pt=S[it.series[1]],at=e[it.series[1]],tt=(pt._paths||
Dr).band;un(tt)&&(tt=it.dir==1?tt[0]:tt[1]);let Z,Et=null;pt.show&&tt&&Ah(at,Bt,qt)?(Et=it.fill(r,dt)||y,Z=pt.
_paths.clip):tt=null,fl(u,h,p,x,Et,v,k,N,H,z,Z,tt),$=!0}}),$||fl(u,h,p,x,y,v,k,N,H,z)}let Zo=lr|Rl;function fl(a,u,h,p,x,y,v,k,N,H,z,$){
Wo(a,u,h,p,x),(N||H||$)&&(m.save(),N&&m.clip(N),H&&m.clip(H)),$?(k&Zo)==Zo?(m.clip($),z&&m.clip(z),ti(x,v),jr(
a,y,u)):k&Rl?(ti(x,v),m.clip($),jr(a,y,u)):k&lr&&(m.save(),m.clip($),z&&m.clip(z),ti(x,v),m.restore(),jr(a,y,u)):
(ti(x,v),jr(a,y,u)),(N||H||$)&&m.restore()}function jr(a,u,h){h>0&&(u instanceof Map?u.forEach((p,x)=>{m.strokeStyle=
Xr=x,m.stroke(p)}):u!=null&&a&&m.stroke(u))}function ti(a,u){u instanceof Map?u.forEach((h,p)=>{m.fillStyle=qn=
p,m.fill(h)}):u!=null&&a&&m.fill(u)}function Dc(a,u,h,p){let x=I[a],y;if(p<=0)y=[0,0];else{let v=x._space=x.space(
r,a,u,h,p),k=x._incrs=x.incrs(r,a,u,h,p,v);y=Up(u,h,k,p,v)}return x._found=y}function ul(a,u,h,p,x,y,v,k,N,H){
let z=v%2/2;C==1&&m.translate(z,z),Wo(k,v,N,H,k),m.beginPath();let $,it,dt,pt,at=x+(p==0||p==3?-y:y);h==0?(it=
x,pt=at):($=x,dt=at);for(let tt=0;tt<a.length;tt++)u[tt]!=null&&(h==0?$=dt=a[tt]:it=pt=a[tt],m.moveTo($,it),m.
lineTo(dt,pt));m.stroke(),C==1&&m.translate(-z,-z)}function Pc(a){let u=!0;return I.forEach((h,p)=>{if(!h.show)
return;let x=A[h.scale];if(x.min==null){h._show&&(u=!1,h._show=!1,Wn(!1));return}else h._show||(u=!1,h._show=!0,
Wn(!1));let y=h.side,v=y%2,{min:k,max:N}=x,[H,z]=Dc(p,k,N,v==0?V:D);if(z==0)return;let $=x.distr==2,it=h._splits=
h.splits(r,p,k,N,H,z,$),dt=x.distr==2?it.map(Z=>De[Z]):it,pt=x.distr==2?De[it[1]]-De[it[0]]:H,at=h._values=h.values(
r,h.filter(r,dt,p,z,pt),p,z,pt);h._rotate=y==2?h.rotate(r,at,p,z):0;let tt=h._size;h._size=Ee(h.size(r,at,p,a)),
tt!=null&&h._size!=tt&&(u=!1)}),u}function Lc(a){let u=!0;return Bo.forEach((h,p)=>{let x=h(r,p,yn,a);x!=ln[p]&&
(u=!1),ln[p]=x}),u}function Ic(){for(let a=0;a<I.length;a++){let u=I[a];if(!u.show||!u._show)continue;let h=u.
side,p=h%2,x,y,v=u.stroke(r,a),k=h==0||h==3?-1:1,[N,H]=u._found;if(u.label!=null){let ne=u.labelGap*k,de=Ht((u.
_lpos+ne)*gt);Go(u.labelFont[0],v,"center",h==2?"top":ga),m.save(),p==1?(x=y=0,m.translate(de,Ht(ve+Ce/2)),m.rotate(
(h==3?-ai:ai)/2)):(x=Ht(he+ae/2),y=de);let bn=ls(u.label)?u.label(r,a,N,H):u.label;m.fillText(bn,x,y),m.restore()}
if(H==0)continue;let z=A[u.scale],$=p==0?ae:Ce,it=p==0?he:ve,dt=u._splits,pt=z.distr==2?dt.map(ne=>De[ne]):dt,
at=z.distr==2?De[dt[1]]-De[dt[0]]:N,tt=u.ticks,Z=u.border,Et=tt.show?tt.size:0,Dt=Ht(Et*gt),Ut=Ht((u.alignTo==
2?u._size-Et-u.gap:u.gap)*gt),_t=u._rotate*-ai/180,Pt=O(u._pos*gt),pe=(Dt+Ut)*k,ee=Pt+pe;y=p==0?ee:0,x=p==1?ee:
0;let Me=u.font[0],Pe=u.align==1?jn:u.align==2?bl:_t>0?jn:_t<0?bl:p==0?"center":h==3?bl:jn,Be=_t||p==1?"middle":
h==2?"top":ga;Go(Me,v,Pe,Be);let me=u.font[1]*u.lineGap,ke=dt.map(ne=>O(s(ne,z,$,it))),Le=u._values;for(let ne=0;ne<
Le.length;ne++){let de=Le[ne];if(de!=null){p==0?x=ke[ne]:y=ke[ne],de=""+de;let bn=de.indexOf(`
`)==-1?[de]:de.split(/\n/gm);for(let re=0;re<bn.length;re++){let ma=bn[re];_t?(m.save(),m.translate(x,y+re*me),
m.rotate(_t),m.fillText(ma,0,0),m.restore()):m.fillText(ma,x,y+re*me)}}}tt.show&&ul(ke,tt.filter(r,pt,a,H,at),
p,h,Pt,Dt,St(tt.width*gt,3),tt.stroke(r,a),tt.dash,tt.cap);let qe=u.grid;qe.show&&ul(ke,qe.filter(r,pt,a,H,at),
p,p==0?2:1,p==0?ve:he,p==0?Ce:ae,St(qe.width*gt,3),qe.stroke(r,a),qe.dash,qe.cap),Z.show&&ul([Pt],[1],p==0?1:0,
p==0?1:2,p==1?ve:he,p==1?Ce:ae,St(Z.width*gt,3),Z.stroke(r,a),Z.dash,Z.cap)}Yt("drawAxes")}function Wn(a){S.forEach(
(u,h)=>{h>0&&(u._paths=null,a&&(i==1?(u.min=null,u.max=null):u.facets.forEach(p=>{p.min=null,p.max=null})))})}
let ei=!1,cl=!1,vr=[];function Oc(){cl=!1;for(let a=0;a<vr.length;a++)Yt(...vr[a]);vr.length=0}function Gn(){ei||
(Vh(Qo),ei=!0)}function Rc(a,u=!1){ei=!0,cl=u,a(r),Qo(),u&&vr.length>0&&queueMicrotask(Oc)}r.batch=Rc;function Qo(){
if(Xi&&(Ec(),Xi=!1),Fn&&(_c(),Fn=!1),Zr){if(Nt(_,jn,G),Nt(_,"top",ct),Nt(_,Er,V),Nt(_,Nr,D),Nt(M,jn,G),Nt(M,"t\
op",ct),Nt(M,Er,V),Nt(M,Nr,D),Nt(g,Er,lt),Nt(g,Nr,Mt),d.width=Ht(lt*gt),d.height=Ht(Mt*gt),I.forEach(({_el:a,_show:u,
_size:h,_pos:p,side:x})=>{if(a!=null)if(u){let y=x===3||x===0?h:0,v=x%2==1;Nt(a,v?"left":"top",p-y),Nt(a,v?"wi\
dth":"height",h),Nt(a,v?"top":"left",v?ct:G),Nt(a,v?"height":"width",v?D:V),Dl(a,kn)}else ge(a,kn)}),Xr=qn=el=
rl=il=ll=ol=al=nl=null,se=1,Mr(!0),G!=_e||ct!=Ze||V!=$t||D!=gn){Wn(!1);let a=V/$t,u=D/gn;if(Vt&&!xn&&Y.left>=0){
Y.left*=a,Y.top*=u,Yn&&We(Yn,Ht(Y.left),0,V,D),Un&&We(Un,0,Ht(Y.top),V,D);for(let h=0;h<Se.length;h++){let p=Se[h];
p!=null&&($n[h]*=a,Bn[h]*=u,We(p,Ee($n[h]),Ee(Bn[h]),V,D))}}if(At.show&&!Qr&&At.left>=0&&At.width>0){At.left*=
a,At.width*=a,At.top*=u,At.height*=u;for(let h in xl)Nt(Qn,h,At[h])}_e=G,Ze=ct,$t=V,gn=D}Yt("setSize"),Zr=!1}lt>
0&&Mt>0&&(m.clearRect(0,0,d.width,d.height),Yt("drawClear"),X.forEach(a=>a()),Yt("draw")),At.show&&Qr&&(ni(At),
Qr=!1),Vt&&xn&&(vn(null,!0,!1),xn=!1),ot.show&&ot.live&&be&&(dl(),be=!1),f||(f=!0,r.status=1,Yt("ready")),_r=!1,
ei=!1}r.redraw=(a,u)=>{Fn=u||!1,a!==!1?an(P,b.min,b.max):Gn()};function hl(a,u){let h=A[a];if(h.from==null){if(Zt==
0){let p=h.range(r,u.min,u.max,a);u.min=p[0],u.max=p[1]}if(u.min>u.max){let p=u.min;u.min=u.max,u.max=p}if(Zt>
1&&u.min!=null&&u.max!=null&&u.max-u.min<1e-16)return;a==P&&h.distr==2&&Zt>0&&(u.min=Oe(u.min,e[0]),u.max=Oe(u.
max,e[0]),u.min==u.max&&u.max++),K[a]=u,Xi=!0,Gn()}}r.setScale=hl;let pl,ml,Yn,Un,Jo,Xo,Kn,Zn,jo,ta,kt,Tt,on=!1,
Qt=Y.drag,Wt=Qt.x,Gt=Qt.y;Vt&&(Y.x&&(pl=Ae(uh,M)),Y.y&&(ml=Ae(ch,M)),b.ori==0?(Yn=pl,Un=ml):(Yn=ml,Un=pl),kt=Y.
left,Tt=Y.top);let At=r.select=Rt({show:!0,over:!0,left:0,width:0,top:0,height:0},t.select),Qn=At.show?Ae(fh,At.
over?M:_):null;function ni(a,u){if(At.show){for(let h in a)At[h]=a[h],h in xl&&Nt(Qn,h,a[h]);u!==!1&&Yt("setSe\
lect")}}r.setSelect=ni;function Hc(a){if(S[a].show)It&&Dl(wt[a],kn);else if(It&&ge(wt[a],kn),Vt){let h=Vn?Se[0]:
Se[a];h!=null&&We(h,-10,-10,V,D)}}function an(a,u,h){hl(a,{min:u,max:h})}function Ve(a,u,h,p){u.focus!=null&&Bc(
a),u.show!=null&&S.forEach((x,y)=>{y>0&&(a==y||a==null)&&(x.show=u.show,Hc(y),i==2?(an(x.facets[0].scale,null,
null),an(x.facets[1].scale,null,null)):an(x.scale,null,null),Gn())}),h!==!1&&Yt("setSeries",a,u),p&&kr("setSer\
ies",r,a,u)}r.setSeries=Ve;function Fc(a,u){Rt(F[a],u)}function zc(a,u){a.fill=ft(a.fill||null),a.dir=mt(a.dir,
-1),u=u??F.length,F.splice(u,0,a)}function Vc(a){a==null?F.length=0:F.splice(a,1)}r.addBand=zc,r.setBand=Fc,r.
delBand=Vc;function $c(a,u){S[a].alpha=u,Vt&&Se[a]!=null&&(Se[a].style.opacity=u),It&&wt[a]&&(wt[a].style.opacity=
u)}let Qe,sn,_n,Jn={focus:!0};function Bc(a){if(a!=_n){let u=a==null,h=ze.alpha!=1;S.forEach((p,x)=>{if(i==1||
x>0){let y=u||x==0||x==a;p._focus=u?null:y,h&&$c(x,y?1:ze.alpha)}}),_n=a,h&&Gn()}}It&&zn&&W(_a,ht,a=>{Y._lock||
(wn(a),_n!=null&&Ve(null,Jn,!0,Ot.setSeries))});function $e(a,u,h){let p=A[u];h&&(a=a/gt-(p.ori==1?ct:G));let x=V;
p.ori==1&&(x=D,a=x-a),p.dir==-1&&(a=x-a);let y=p._min,v=p._max,k=a/x,N=y+(v-y)*k,H=p.distr;return H==3?nr(10,N):
H==4?Nh(N,p.asinh):H==100?p.bwd(N):N}function qc(a,u){let h=$e(a,P,u);return Oe(h,e[0],Bt,qt)}r.valToIdx=a=>Oe(
a,e[0]),r.posToIdx=qc,r.posToVal=$e,r.valToPos=(a,u,h)=>A[u].ori==0?o(a,A[u],h?ae:V,h?he:0):l(a,A[u],h?Ce:D,h?
ve:0),r.setCursor=(a,u,h)=>{kt=a.left,Tt=a.top,vn(null,u,h)};function ea(a,u){Nt(Qn,jn,At.left=a),Nt(Qn,Er,At.
width=u)}function na(a,u){Nt(Qn,"top",At.top=a),Nt(Qn,Nr,At.height=u)}let br=b.ori==0?ea:na,Sr=b.ori==1?ea:na;
function Wc(){if(It&&ot.live)for(let a=i==2?1:0;a<S.length;a++){if(a==0&&oe)continue;let u=ot.values[a],h=0;for(let p in u)
ce[a][h++].firstChild.nodeValue=u[p]}}function dl(a,u){if(a!=null&&(a.idxs?a.idxs.forEach((h,p)=>{xt[p]=h}):Ph(
a.idx)||xt.fill(a.idx),ot.idx=xt[0]),It&&ot.live){for(let h=0;h<S.length;h++)(h>0||i==1&&!oe)&&Gc(h,xt[h]);Wc()}
be=!1,u!==!1&&Yt("setLegend")}r.setLegend=dl;function Gc(a,u){let h=S[a],p=a==0&&J==2?De:e[a],x;oe?x=h.values(
r,a,u)??Te:(x=h.value(r,u==null?null:p[u],a,u),x=x==null?Te:{_:x}),ot.values[a]=x}function vn(a,u,h){jo=kt,ta=
Tt,[kt,Tt]=Y.move(r,kt,Tt),Y.left=kt,Y.top=Tt,Vt&&(Yn&&We(Yn,Ht(kt),0,V,D),Un&&We(Un,0,Ht(Tt),V,D));let p,x=Bt>
qt;Qe=bt,sn=null;let y=b.ori==0?V:D,v=b.ori==1?V:D;if(kt<0||Zt==0||x){p=Y.idx=null;for(let k=0;k<S.length;k++){
let N=Se[k];N!=null&&We(N,-10,-10,V,D)}zn&&Ve(null,Jn,!0,a==null&&Ot.setSeries),ot.live&&(xt.fill(p),be=!0)}else{
let k,N,H;i==1&&(k=b.ori==0?kt:Tt,N=$e(k,P),p=Y.idx=Oe(N,e[0],Bt,qt),H=R(e[0][p],b,y,0));let z=-10,$=-10,it=0,
dt=0,pt=!0,at="",tt="";for(let Z=i==2?1:0;Z<S.length;Z++){let Et=S[Z],Dt=xt[Z],Ut=Dt==null?null:i==1?e[Z][Dt]:
e[Z][1][Dt],_t=Y.dataIdx(r,Z,p,N),Pt=_t==null?null:i==1?e[Z][_t]:e[Z][1][_t];if(be=be||Pt!=Ut||_t!=Dt,xt[Z]=_t,
Z>0&&Et.show){let pe=_t==null?-10:_t==p?H:R(i==1?e[0][_t]:e[Z][0][_t],b,y,0),ee=Pt==null?-10:U(Pt,i==1?A[Et.scale]:
A[Et.facets[1].scale],v,0);if(zn&&Pt!=null){let Me=b.ori==1?kt:Tt,Pe=Ft(ze.dist(r,Z,_t,ee,Me));if(Pe<Qe){let Be=ze.
bias;if(Be!=0){let me=$e(Me,Et.scale),ke=Pt>=0?1:-1,Le=me>=0?1:-1;Le==ke&&(Le==1?Be==1?Pt>=me:Pt<=me:Be==1?Pt<=
me:Pt>=me)&&(Qe=Pe,sn=Z)}else Qe=Pe,sn=Z}}if(be||Vn){let Me,Pe;b.ori==0?(Me=pe,Pe=ee):(Me=ee,Pe=pe);let Be,me,
ke,Le,qe,ne,de=!0,bn=jt.bbox;if(bn!=null){de=!1;let re=bn(r,Z);ke=re.left,Le=re.top,Be=re.width,me=re.height}else
ke=Me,Le=Pe,Be=me=jt.size(r,Z);if(ne=jt.fill(r,Z),qe=jt.stroke(r,Z),Vn)Z==sn&&Qe<=ze.prox&&(z=ke,$=Le,it=Be,dt=
me,pt=de,at=ne,tt=qe);else{let re=Se[Z];re!=null&&($n[Z]=ke,Bn[Z]=Le,Ea(re,Be,me,de),ka(re,ne,qe),We(re,Ee(ke),
Ee(Le),V,D))}}}}if(Vn){let Z=ze.prox,Et=_n==null?Qe<=Z:Qe>Z||sn!=_n;if(be||Et){let Dt=Se[0];Dt!=null&&($n[0]=z,
Bn[0]=$,Ea(Dt,it,dt,pt),ka(Dt,at,tt),We(Dt,Ee(z),Ee($),V,D))}}}if(At.show&&on)if(a!=null){let[k,N]=Ot.scales,[
H,z]=Ot.match,[$,it]=a.cursor.sync.scales,dt=a.cursor.drag;if(Wt=dt._x,Gt=dt._y,Wt||Gt){let{left:pt,top:at,width:tt,
height:Z}=a.select,Et=a.scales[$].ori,Dt=a.posToVal,Ut,_t,Pt,pe,ee,Me=k!=null&&H(k,$),Pe=N!=null&&z(N,it);Me&&
Wt?(Et==0?(Ut=pt,_t=tt):(Ut=at,_t=Z),Pt=A[k],pe=R(Dt(Ut,$),Pt,y,0),ee=R(Dt(Ut+_t,$),Pt,y,0),br(Re(pe,ee),Ft(ee-
pe))):br(0,y),Pe&&Gt?(Et==1?(Ut=pt,_t=tt):(Ut=at,_t=Z),Pt=A[N],pe=U(Dt(Ut,it),Pt,v,0),ee=U(Dt(Ut+_t,it),Pt,v,0),
Sr(Re(pe,ee),Ft(ee-pe))):Sr(0,v)}else wl()}else{let k=Ft(jo-Jo),N=Ft(ta-Xo);if(b.ori==1){let it=k;k=N,N=it}Wt=
Qt.x&&k>=Qt.dist,Gt=Qt.y&&N>=Qt.dist;let H=Qt.uni;H!=null?Wt&&Gt&&(Wt=k>=H,Gt=N>=H,!Wt&&!Gt&&(N>k?Gt=!0:Wt=!0)):
Qt.x&&Qt.y&&(Wt||Gt)&&(Wt=Gt=!0);let z,$;Wt&&(b.ori==0?(z=Kn,$=kt):(z=Zn,$=Tt),br(Re(z,$),Ft($-z)),Gt||Sr(0,v)),
Gt&&(b.ori==1?(z=Kn,$=kt):(z=Zn,$=Tt),Sr(Re(z,$),Ft($-z)),Wt||br(0,y)),!Wt&&!Gt&&(br(0,0),Sr(0,0))}if(Qt._x=Wt,
Qt._y=Gt,a==null){if(h){if(pa!=null){let[k,N]=Ot.scales;Ot.values[0]=k!=null?$e(b.ori==0?kt:Tt,k):null,Ot.values[1]=
N!=null?$e(b.ori==1?kt:Tt,N):null}kr(Sl,r,kt,Tt,V,D,p)}if(zn){let k=h&&Ot.setSeries,N=ze.prox;_n==null?Qe<=N&&
Ve(sn,Jn,!0,k):Qe>N?Ve(null,Jn,!0,k):sn!=_n&&Ve(sn,Jn,!0,k)}}be&&(ot.idx=p,dl()),u!==!1&&Yt("setCursor")}let fn=null;
Object.defineProperty(r,"rect",{get(){return fn==null&&Mr(!1),fn}});function Mr(a=!1){a?fn=null:(fn=M.getBoundingClientRect(),
Yt("syncRect",fn))}function ra(a,u,h,p,x,y,v){Y._lock||on&&a!=null&&a.movementX==0&&a.movementY==0||(gl(a,u,h,
p,x,y,v,!1,a!=null),a!=null?vn(null,!0,!0):vn(u,!0,!1))}function gl(a,u,h,p,x,y,v,k,N){if(fn==null&&Mr(!1),wn(
a),a!=null)h=a.clientX-fn.left,p=a.clientY-fn.top;else{if(h<0||p<0){kt=-10,Tt=-10;return}let[H,z]=Ot.scales,$=u.
cursor.sync,[it,dt]=$.values,[pt,at]=$.scales,[tt,Z]=Ot.match,Et=u.axes[0].side%2==1,Dt=b.ori==0?V:D,Ut=b.ori==
1?V:D,_t=Et?y:x,Pt=Et?x:y,pe=Et?p:h,ee=Et?h:p;if(pt!=null?h=tt(H,pt)?s(it,A[H],Dt,0):-10:h=Dt*(pe/_t),at!=null?
p=Z(z,at)?s(dt,A[z],Ut,0):-10:p=Ut*(ee/Pt),b.ori==1){let Me=h;h=p,p=Me}}N&&(u==null||u.cursor.event.type==Sl)&&
((h<=1||h>=V-1)&&(h=Sn(h,V)),(p<=1||p>=D-1)&&(p=Sn(p,D))),k?(Jo=h,Xo=p,[Kn,Zn]=Y.move(r,h,p)):(kt=h,Tt=p)}let xl={
width:0,height:0,left:0,top:0};function wl(){ni(xl,!1)}let ia,la,oa,aa;function sa(a,u,h,p,x,y,v){on=!0,Wt=Gt=
Qt._x=Qt._y=!1,gl(a,u,h,p,x,y,v,!0,!1),a!=null&&(W(Ml,Tl,fa,!1),kr(wa,r,Kn,Zn,V,D,null));let{left:k,top:N,width:H,
height:z}=At;ia=k,la=N,oa=H,aa=z}function fa(a,u,h,p,x,y,v){on=Qt._x=Qt._y=!1,gl(a,u,h,p,x,y,v,!1,!0);let{left:k,
top:N,width:H,height:z}=At,$=H>0||z>0,it=ia!=k||la!=N||oa!=H||aa!=z;if($&&it&&ni(At),Qt.setScale&&$&&it){let dt=k,
pt=H,at=N,tt=z;if(b.ori==1&&(dt=N,pt=z,at=k,tt=H),Wt&&an(P,$e(dt,P),$e(dt+pt,P)),Gt)for(let Z in A){let Et=A[Z];
Z!=P&&Et.from==null&&Et.min!=bt&&an(Z,$e(at+tt,Z),$e(at,Z))}wl()}else Y.lock&&(Y._lock=!Y._lock,vn(u,!0,a!=null));
a!=null&&(et(Ml,Tl),kr(Ml,r,kt,Tt,V,D,null))}function Yc(a,u,h,p,x,y,v){if(Y._lock)return;wn(a);let k=on;if(on){
let N=!0,H=!0,z=10,$,it;b.ori==0?($=Wt,it=Gt):($=Gt,it=Wt),$&&it&&(N=kt<=z||kt>=V-z,H=Tt<=z||Tt>=D-z),$&&N&&(kt=
kt<Kn?0:V),it&&H&&(Tt=Tt<Zn?0:D),vn(null,!0,!0),on=!1}kt=-10,Tt=-10,xt.fill(null),vn(null,!0,!0),k&&(on=k)}function ua(a,u,h,p,x,y,v){
Y._lock||(wn(a),tl(),wl(),a!=null&&kr(va,r,kt,Tt,V,D,null))}function ca(){I.forEach(Kp),ji(r.width,r.height,!0)}
An(si,er,ca);let Xn={};Xn.mousedown=sa,Xn.mousemove=ra,Xn.mouseup=fa,Xn.dblclick=ua,Xn.setSeries=(a,u,h,p)=>{let x=Ot.
match[2];h=x(r,u,h),h!=-1&&Ve(h,p,!0,!1)},Vt&&(W(wa,M,sa),W(Sl,M,ra),W(ya,M,a=>{wn(a),Mr(!1)}),W(_a,M,Yc),W(va,
M,ua),Hl.add(r),r.syncRect=Mr);let ri=r.hooks=t.hooks||{};function Yt(a,u,h){cl?vr.push([a,u,h]):a in ri&&ri[a].
forEach(p=>{p.call(null,r,u,h)})}(t.plugins||[]).forEach(a=>{for(let u in a.hooks)ri[u]=(ri[u]||[]).concat(a.hooks[u])});
let ha=(a,u,h)=>h,Ot=Rt({key:null,setSeries:!1,filters:{pub:Pa,sub:Pa},scales:[P,S[1]?S[1].scale:null],match:[
La,La,ha],values:[null,null]},Y.sync);Ot.match.length==2&&Ot.match.push(ha),Y.sync=Ot;let pa=Ot.key,yl=Ts(pa);
function kr(a,u,h,p,x,y,v){Ot.filters.pub(a,u,h,p,x,y,v)&&yl.pub(a,u,h,p,x,y,v)}yl.sub(r);function Uc(a,u,h,p,x,y,v){
Ot.filters.sub(a,u,h,p,x,y,v)&&Xn[a](null,u,h,p,x,y,v)}r.pub=Uc;function Kc(){yl.unsub(r),Hl.delete(r),T.clear(),
Pl(si,er,ca),c.remove(),ht?.remove(),Yt("destroy")}r.destroy=Kc;function _l(){Yt("init",t,e),qo(e||t.data,!1),
K[P]?hl(P,K[P]):tl(),Qr=At.show&&(At.width>0||At.height>0),xn=be=!0,ji(t.width,t.height)}return S.forEach($o),
I.forEach(Ac),n?n instanceof HTMLElement?(n.appendChild(c),_l()):n(r,_l):_l(),r}Jt.assign=Rt;Jt.fmtNum=Wl;Jt.rangeNum=
fi;Jt.rangeLog=hi;Jt.rangeAsinh=Bl;Jt.orient=Nn;Jt.pxRatio=gt;Jt.join=zh;Jt.fmtDate=Yl,Jt.tzDate=Qh;Jt.sync=Ts;
{Jt.addGap=Pp,Jt.clipGaps=di;let t=Jt.paths={points:Os};t.linear=Hs,t.stepped=Op,t.bars=Rp,t.spline=Fp}var yi="http://www.w3.org/1999/xhtml",jl={svg:"http://www.w3.org/2000/svg",xhtml:yi,xlink:"http://www.w3.org/1\
999/xlink",xml:"http://www.w3.org/XML/1998/namespace",xmlns:"http://www.w3.org/2000/xmlns/"};function je(t){var e=t+="",n=e.indexOf(":");return n>=0&&(e=t.slice(0,n))!=="xmlns"&&(t=t.slice(n+1)),jl.hasOwnProperty(
e)?{space:jl[e],local:t}:t}function Zp(t){return function(){var e=this.ownerDocument,n=this.namespaceURI;return n===yi&&e.documentElement.
namespaceURI===yi?e.createElement(t):e.createElementNS(n,t)}}function Qp(t){return function(){return this.ownerDocument.
createElementNS(t.space,t.local)}}function _i(t){var e=je(t);return(e.local?Qp:Zp)(e)}function Jp(){}function Tn(t){return t==null?Jp:function(){return this.querySelector(t)}}function $s(t){typeof t!="function"&&(t=Tn(t));for(var e=this._groups,n=e.length,r=new Array(n),i=0;i<n;++i)for(var o=e[i],
l=o.length,s=r[i]=new Array(l),f,c,d=0;d<l;++d)(f=o[d])&&(c=t.call(f,f.__data__,d,o))&&("__data__"in f&&(c.__data__=
f.__data__),s[d]=c);return new Lt(r,this._parents)}function to(t){return t==null?[]:Array.isArray(t)?t:Array.from(t)}function Xp(){return[]}function Lr(t){return t==null?Xp:function(){return this.querySelectorAll(t)}}function jp(t){return function(){return to(t.apply(this,arguments))}}function Bs(t){typeof t=="function"?t=jp(
t):t=Lr(t);for(var e=this._groups,n=e.length,r=[],i=[],o=0;o<n;++o)for(var l=e[o],s=l.length,f,c=0;c<s;++c)(f=
l[c])&&(r.push(t.call(f,f.__data__,c,l)),i.push(f));return new Lt(r,i)}function Ir(t){return function(){return this.matches(t)}}function vi(t){return function(e){return e.matches(t)}}var t0=Array.prototype.find;function e0(t){return function(){return t0.call(this.children,t)}}function n0(){return this.
firstElementChild}function qs(t){return this.select(t==null?n0:e0(typeof t=="function"?t:vi(t)))}var r0=Array.prototype.filter;function i0(){return Array.from(this.children)}function l0(t){return function(){
return r0.call(this.children,t)}}function Ws(t){return this.selectAll(t==null?i0:l0(typeof t=="function"?t:vi(
t)))}function Gs(t){typeof t!="function"&&(t=Ir(t));for(var e=this._groups,n=e.length,r=new Array(n),i=0;i<n;++i)for(var o=e[i],
l=o.length,s=r[i]=[],f,c=0;c<l;++c)(f=o[c])&&t.call(f,f.__data__,c,o)&&s.push(f);return new Lt(r,this._parents)}function bi(t){return new Array(t.length)}function Ys(){return new Lt(this._enter||this._groups.map(bi),this._parents)}function Or(t,e){this.ownerDocument=
t.ownerDocument,this.namespaceURI=t.namespaceURI,this._next=null,this._parent=t,this.__data__=e}Or.prototype={
constructor:Or,appendChild:function(t){return this._parent.insertBefore(t,this._next)},insertBefore:function(t,e){
return this._parent.insertBefore(t,e)},querySelector:function(t){return this._parent.querySelector(t)},querySelectorAll:function(t){
return this._parent.querySelectorAll(t)}};function Us(t){return function(){return t}}function o0(t,e,n,r,i,o){for(var l=0,s,f=e.length,c=o.length;l<c;++l)(s=e[l])?(s.__data__=o[l],r[l]=s):n[l]=new Or(
t,o[l]);for(;l<f;++l)(s=e[l])&&(i[l]=s)}function a0(t,e,n,r,i,o,l){var s,f,c=new Map,d=e.length,m=o.length,g=new Array(
d),_;for(s=0;s<d;++s)(f=e[s])&&(g[s]=_=l.call(f,f.__data__,s,e)+"",c.has(_)?i[s]=f:c.set(_,f));for(s=0;s<m;++s)
_=l.call(t,o[s],s,o)+"",(f=c.get(_))?(r[s]=f,f.__data__=o[s],c.delete(_)):n[s]=new Or(t,o[s]);for(s=0;s<d;++s)
(f=e[s])&&c.get(g[s])===f&&(i[s]=f)}function s0(t){return t.__data__}function Ks(t,e){if(!arguments.length)return Array.
from(this,s0);var n=e?a0:o0,r=this._parents,i=this._groups;typeof t!="function"&&(t=Us(t));for(var o=i.length,
l=new Array(o),s=new Array(o),f=new Array(o),c=0;c<o;++c){var d=r[c],m=i[c],g=m.length,_=f0(t.call(d,d&&d.__data__,
c,r)),M=_.length,C=s[c]=new Array(M),O=l[c]=new Array(M),q=f[c]=new Array(g);n(d,m,C,O,q,_,e);for(var S=0,I=0,
A,F;S<M;++S)if(A=C[S]){for(S>=I&&(I=S+1);!(F=O[I])&&++I<M;);A._next=F||null}}return l=new Lt(l,r),l._enter=s,l.
_exit=f,l}function f0(t){return typeof t=="object"&&"length"in t?t:Array.from(t)}function Zs(){return new Lt(this._exit||this._groups.map(bi),this._parents)}function Qs(t,e,n){var r=this.enter(),i=this,o=this.exit();return typeof t=="function"?(r=t(r),r&&(r=r.selection())):
r=r.append(t+""),e!=null&&(i=e(i),i&&(i=i.selection())),n==null?o.remove():n(o),r&&i?r.merge(i).order():i}function Js(t){for(var e=t.selection?t.selection():t,n=this._groups,r=e._groups,i=n.length,o=r.length,l=Math.min(
i,o),s=new Array(i),f=0;f<l;++f)for(var c=n[f],d=r[f],m=c.length,g=s[f]=new Array(m),_,M=0;M<m;++M)(_=c[M]||d[M])&&
(g[M]=_);for(;f<i;++f)s[f]=n[f];return new Lt(s,this._parents)}function Xs(){for(var t=this._groups,e=-1,n=t.length;++e<n;)for(var r=t[e],i=r.length-1,o=r[i],l;--i>=0;)(l=r[i])&&
(o&&l.compareDocumentPosition(o)^4&&o.parentNode.insertBefore(l,o),o=l);return this}function js(t){t||(t=u0);function e(m,g){return m&&g?t(m.__data__,g.__data__):!m-!g}for(var n=this._groups,r=n.
length,i=new Array(r),o=0;o<r;++o){for(var l=n[o],s=l.length,f=i[o]=new Array(s),c,d=0;d<s;++d)(c=l[d])&&(f[d]=
c);f.sort(e)}return new Lt(i,this._parents).order()}function u0(t,e){return t<e?-1:t>e?1:t>=e?0:NaN}function tf(){var t=arguments[0];return arguments[0]=this,t.apply(null,arguments),this}function ef(){return Array.from(this)}function nf(){for(var t=this._groups,e=0,n=t.length;e<n;++e)for(var r=t[e],i=0,o=r.length;i<o;++i){var l=r[i];
if(l)return l}return null}function rf(){let t=0;for(let e of this)++t;return t}function lf(){return!this.node()}function of(t){for(var e=this._groups,n=0,r=e.length;n<r;++n)for(var i=e[n],o=0,l=i.length,s;o<l;++o)(s=i[o])&&
t.call(s,s.__data__,o,i);return this}function c0(t){return function(){this.removeAttribute(t)}}function h0(t){return function(){this.removeAttributeNS(
t.space,t.local)}}function p0(t,e){return function(){this.setAttribute(t,e)}}function m0(t,e){return function(){
this.setAttributeNS(t.space,t.local,e)}}function d0(t,e){return function(){var n=e.apply(this,arguments);n==null?
this.removeAttribute(t):this.setAttribute(t,n)}}function g0(t,e){return function(){var n=e.apply(this,arguments);
n==null?this.removeAttributeNS(t.space,t.local):this.setAttributeNS(t.space,t.local,n)}}function af(t,e){var n=je(
t);if(arguments.length<2){var r=this.node();return n.local?r.getAttributeNS(n.space,n.local):r.getAttribute(n)}
return this.each((e==null?n.local?h0:c0:typeof e=="function"?n.local?g0:d0:n.local?m0:p0)(n,e))}function Si(t){return t.ownerDocument&&t.ownerDocument.defaultView||t.document&&t||t.defaultView}function x0(t){return function(){this.style.removeProperty(t)}}function w0(t,e,n){return function(){this.style.
setProperty(t,e,n)}}function y0(t,e,n){return function(){var r=e.apply(this,arguments);r==null?this.style.removeProperty(
t):this.style.setProperty(t,r,n)}}function sf(t,e,n){return arguments.length>1?this.each((e==null?x0:typeof e==
"function"?y0:w0)(t,e,n??"")):hn(this.node(),t)}function hn(t,e){return t.style.getPropertyValue(e)||Si(t).getComputedStyle(
t,null).getPropertyValue(e)}function _0(t){return function(){delete this[t]}}function v0(t,e){return function(){this[t]=e}}function b0(t,e){
return function(){var n=e.apply(this,arguments);n==null?delete this[t]:this[t]=n}}function ff(t,e){return arguments.
length>1?this.each((e==null?_0:typeof e=="function"?b0:v0)(t,e)):this.node()[t]}function uf(t){return t.trim().split(/^|\s+/)}function eo(t){return t.classList||new cf(t)}function cf(t){this.
_node=t,this._names=uf(t.getAttribute("class")||"")}cf.prototype={add:function(t){var e=this._names.indexOf(t);
e<0&&(this._names.push(t),this._node.setAttribute("class",this._names.join(" ")))},remove:function(t){var e=this.
_names.indexOf(t);e>=0&&(this._names.splice(e,1),this._node.setAttribute("class",this._names.join(" ")))},contains:function(t){
return this._names.indexOf(t)>=0}};function hf(t,e){for(var n=eo(t),r=-1,i=e.length;++r<i;)n.add(e[r])}function pf(t,e){
for(var n=eo(t),r=-1,i=e.length;++r<i;)n.remove(e[r])}function S0(t){return function(){hf(this,t)}}function M0(t){
return function(){pf(this,t)}}function k0(t,e){return function(){(e.apply(this,arguments)?hf:pf)(this,t)}}function mf(t,e){
var n=uf(t+"");if(arguments.length<2){for(var r=eo(this.node()),i=-1,o=n.length;++i<o;)if(!r.contains(n[i]))return!1;
return!0}return this.each((typeof e=="function"?k0:e?S0:M0)(n,e))}function A0(){this.textContent=""}function E0(t){return function(){this.textContent=t}}function N0(t){return function(){
var e=t.apply(this,arguments);this.textContent=e??""}}function df(t){return arguments.length?this.each(t==null?
A0:(typeof t=="function"?N0:E0)(t)):this.node().textContent}function T0(){this.innerHTML=""}function C0(t){return function(){this.innerHTML=t}}function D0(t){return function(){
var e=t.apply(this,arguments);this.innerHTML=e??""}}function gf(t){return arguments.length?this.each(t==null?T0:
(typeof t=="function"?D0:C0)(t)):this.node().innerHTML}function P0(){this.nextSibling&&this.parentNode.appendChild(this)}function xf(){return this.each(P0)}function L0(){this.previousSibling&&this.parentNode.insertBefore(this,this.parentNode.firstChild)}function wf(){
return this.each(L0)}function yf(t){var e=typeof t=="function"?t:_i(t);return this.select(function(){return this.appendChild(e.apply(
this,arguments))})}function I0(){return null}function _f(t,e){var n=typeof t=="function"?t:_i(t),r=e==null?I0:typeof e=="function"?
e:Tn(e);return this.select(function(){return this.insertBefore(n.apply(this,arguments),r.apply(this,arguments)||
null)})}function O0(){var t=this.parentNode;t&&t.removeChild(this)}function vf(){return this.each(O0)}function R0(){var t=this.cloneNode(!1),e=this.parentNode;return e?e.insertBefore(t,this.nextSibling):t}function H0(){
var t=this.cloneNode(!0),e=this.parentNode;return e?e.insertBefore(t,this.nextSibling):t}function bf(t){return this.
select(t?H0:R0)}function Sf(t){return arguments.length?this.property("__data__",t):this.node().__data__}function F0(t){return function(e){t.call(this,e,this.__data__)}}function z0(t){return t.trim().split(/^|\s+/).
map(function(e){var n="",r=e.indexOf(".");return r>=0&&(n=e.slice(r+1),e=e.slice(0,r)),{type:e,name:n}})}function V0(t){
return function(){var e=this.__on;if(e){for(var n=0,r=-1,i=e.length,o;n<i;++n)o=e[n],(!t.type||o.type===t.type)&&
o.name===t.name?this.removeEventListener(o.type,o.listener,o.options):e[++r]=o;++r?e.length=r:delete this.__on}}}
function $0(t,e,n){return function(){var r=this.__on,i,o=F0(e);if(r){for(var l=0,s=r.length;l<s;++l)if((i=r[l]).
type===t.type&&i.name===t.name){this.removeEventListener(i.type,i.listener,i.options),this.addEventListener(i.
type,i.listener=o,i.options=n),i.value=e;return}}this.addEventListener(t.type,o,n),i={type:t.type,name:t.name,
value:e,listener:o,options:n},r?r.push(i):this.__on=[i]}}function Mf(t,e,n){var r=z0(t+""),i,o=r.length,l;if(arguments.
length<2){var s=this.node().__on;if(s){for(var f=0,c=s.length,d;f<c;++f)for(i=0,d=s[f];i<o;++i)if((l=r[i]).type===
d.type&&l.name===d.name)return d.value}return}for(s=e?$0:V0,i=0;i<o;++i)this.each(s(r[i],e,n));return this}function kf(t,e,n){var r=Si(t),i=r.CustomEvent;typeof i=="function"?i=new i(e,n):(i=r.document.createEvent("Ev\
ent"),n?(i.initEvent(e,n.bubbles,n.cancelable),i.detail=n.detail):i.initEvent(e,!1,!1)),t.dispatchEvent(i)}function B0(t,e){
return function(){return kf(this,t,e)}}function q0(t,e){return function(){return kf(this,t,e.apply(this,arguments))}}
function Af(t,e){return this.each((typeof e=="function"?q0:B0)(t,e))}function*Ef(){for(var t=this._groups,e=0,n=t.length;e<n;++e)for(var r=t[e],i=0,o=r.length,l;i<o;++i)(l=r[i])&&
(yield l)}var no=[null];function Lt(t,e){this._groups=t,this._parents=e}function Nf(){return new Lt([[document.documentElement]],
no)}function W0(){return this}Lt.prototype=Nf.prototype={constructor:Lt,select:$s,selectAll:Bs,selectChild:qs,
selectChildren:Ws,filter:Gs,data:Ks,enter:Ys,exit:Zs,join:Qs,merge:Js,selection:W0,order:Xs,sort:js,call:tf,nodes:ef,
node:nf,size:rf,empty:lf,each:of,attr:af,style:sf,property:ff,classed:mf,text:df,html:gf,raise:xf,lower:wf,append:yf,
insert:_f,remove:vf,clone:bf,datum:Sf,on:Mf,dispatch:Af,[Symbol.iterator]:Ef};var tn=Nf;function Cn(t){return typeof t=="string"?new Lt([[document.querySelector(t)]],[document.documentElement]):new Lt(
[[t]],no)}function Tf(t){return Math.abs(t=Math.round(t))>=1e21?t.toLocaleString("en").replace(/,/g,""):t.toString(10)}function Dn(t,e){
if((n=(t=e?t.toExponential(e-1):t.toExponential()).indexOf("e"))<0)return null;var n,r=t.slice(0,n);return[r.length>
1?r[0]+r.slice(2):r,+t.slice(n+1)]}function Ge(t){return t=Dn(Math.abs(t)),t?t[1]:NaN}function Cf(t,e){return function(n,r){for(var i=n.length,o=[],l=0,s=t[0],f=0;i>0&&s>0&&(f+s+1>r&&(s=Math.max(1,
r-f)),o.push(n.substring(i-=s,i+s)),!((f+=s+1)>r));)s=t[l=(l+1)%t.length];return o.reverse().join(e)}}function Df(t){return function(e){return e.replace(/[0-9]/g,function(n){return t[+n]})}}var G0=/^(?:(.)?([<>=^]))?([+\-( ])?([$#])?(0)?(\d+)?(,)?(\.\d+)?(~)?([a-z%])?$/i;function pn(t){if(!(e=G0.exec(
t)))throw new Error("invalid format: "+t);var e;return new Mi({fill:e[1],align:e[2],sign:e[3],symbol:e[4],zero:e[5],
width:e[6],comma:e[7],precision:e[8]&&e[8].slice(1),trim:e[9],type:e[10]})}pn.prototype=Mi.prototype;function Mi(t){
this.fill=t.fill===void 0?" ":t.fill+"",this.align=t.align===void 0?">":t.align+"",this.sign=t.sign===void 0?"\
-":t.sign+"",this.symbol=t.symbol===void 0?"":t.symbol+"",this.zero=!!t.zero,this.width=t.width===void 0?void 0:
+t.width,this.comma=!!t.comma,this.precision=t.precision===void 0?void 0:+t.precision,this.trim=!!t.trim,this.
type=t.type===void 0?"":t.type+""}Mi.prototype.toString=function(){return this.fill+this.align+this.sign+this.
symbol+(this.zero?"0":"")+(this.width===void 0?"":Math.max(1,this.width|0))+(this.comma?",":"")+(this.precision===
void 0?"":"."+Math.max(0,this.precision|0))+(this.trim?"~":"")+this.type};function Pf(t){t:for(var e=t.length,n=1,r=-1,i;n<e;++n)switch(t[n]){case".":r=i=n;break;case"0":r===0&&(r=n),i=
n;break;default:if(!+t[n])break t;r>0&&(r=0);break}return r>0?t.slice(0,r)+t.slice(i+1):t}var ro;function Lf(t,e){var n=Dn(t,e);if(!n)return t+"";var r=n[0],i=n[1],o=i-(ro=Math.max(-8,Math.min(8,Math.
floor(i/3)))*3)+1,l=r.length;return o===l?r:o>l?r+new Array(o-l+1).join("0"):o>0?r.slice(0,o)+"."+r.slice(o):"\
0."+new Array(1-o).join("0")+Dn(t,Math.max(0,e+o-1))[0]}function io(t,e){var n=Dn(t,e);if(!n)return t+"";var r=n[0],i=n[1];return i<0?"0."+new Array(-i).join("0")+r:r.
length>i+1?r.slice(0,i+1)+"."+r.slice(i+1):r+new Array(i-r.length+2).join("0")}var lo={"%":(t,e)=>(t*100).toFixed(e),b:t=>Math.round(t).toString(2),c:t=>t+"",d:Tf,e:(t,e)=>t.toExponential(e),
f:(t,e)=>t.toFixed(e),g:(t,e)=>t.toPrecision(e),o:t=>Math.round(t).toString(8),p:(t,e)=>io(t*100,e),r:io,s:Lf,
X:t=>Math.round(t).toString(16).toUpperCase(),x:t=>Math.round(t).toString(16)};function oo(t){return t}var If=Array.prototype.map,Of=["y","z","a","f","p","n","\xB5","m","","k","M","G","T","P","E","Z","Y"];function Rf(t){
var e=t.grouping===void 0||t.thousands===void 0?oo:Cf(If.call(t.grouping,Number),t.thousands+""),n=t.currency===
void 0?"":t.currency[0]+"",r=t.currency===void 0?"":t.currency[1]+"",i=t.decimal===void 0?".":t.decimal+"",o=t.
numerals===void 0?oo:Df(If.call(t.numerals,String)),l=t.percent===void 0?"%":t.percent+"",s=t.minus===void 0?"\
\u2212":t.minus+"",f=t.nan===void 0?"NaN":t.nan+"";function c(m){m=pn(m);var g=m.fill,_=m.align,M=m.sign,C=m.symbol,
O=m.zero,q=m.width,S=m.comma,I=m.precision,A=m.trim,F=m.type;F==="n"?(S=!0,F="g"):lo[F]||(I===void 0&&(I=12),A=
!0,F="g"),(O||g==="0"&&_==="=")&&(O=!0,g="0",_="=");var P=C==="$"?n:C==="#"&&/[boxX]/.test(F)?"0"+F.toLowerCase():
"",j=C==="$"?r:/[%p]/.test(F)?l:"",X=lo[F],nt=/[defgprs%]/.test(F);I=I===void 0?6:/[gprs]/.test(F)?Math.max(1,
Math.min(21,I)):Math.max(0,Math.min(20,I));function Q(b){var J=P,R=j,U,K,rt;if(F==="c")R=X(b)+R,b="";else{b=+b;
var B=b<0||1/b<0;if(b=isNaN(b)?f:X(Math.abs(b),I),A&&(b=Pf(b)),B&&+b==0&&M!=="+"&&(B=!1),J=(B?M==="("?M:s:M===
"-"||M==="("?"":M)+J,R=(F==="s"?Of[8+ro/3]:"")+R+(B&&M==="("?")":""),nt){for(U=-1,K=b.length;++U<K;)if(rt=b.charCodeAt(
U),48>rt||rt>57){R=(rt===46?i+b.slice(U+1):b.slice(U))+R,b=b.slice(0,U);break}}}S&&!O&&(b=e(b,1/0));var Ct=J.length+
b.length+R.length,st=Ct<q?new Array(q-Ct+1).join(g):"";switch(S&&O&&(b=e(st+b,st.length?q-R.length:1/0),st=""),
_){case"<":b=J+b+R+st;break;case"=":b=J+st+b+R;break;case"^":b=st.slice(0,Ct=st.length>>1)+J+b+R+st.slice(Ct);
break;default:b=st+J+b+R;break}return o(b)}return Q.toString=function(){return m+""},Q}function d(m,g){var _=c(
(m=pn(m),m.type="f",m)),M=Math.max(-8,Math.min(8,Math.floor(Ge(g)/3)))*3,C=Math.pow(10,-M),O=Of[8+M/3];return function(q){
return _(C*q)+O}}return{format:c,formatPrefix:d}}var ki,Pn,Ai;ao({thousands:",",grouping:[3],currency:["$",""]});function ao(t){return ki=Rf(t),Pn=ki.format,Ai=
ki.formatPrefix,ki}function so(t){return Math.max(0,-Ge(Math.abs(t)))}function fo(t,e){return Math.max(0,Math.max(-8,Math.min(8,Math.floor(Ge(e)/3)))*3-Ge(Math.abs(t)))}function uo(t,e){return t=Math.abs(t),e=Math.abs(e)-t,Math.max(0,Ge(e)-Ge(t))+1}function Ye(t,e){return t==null||e==null?NaN:t<e?-1:t>e?1:t>=e?0:NaN}function co(t,e){return t==null||e==null?NaN:e<t?-1:e>t?1:e>=t?0:NaN}function Ei(t){let e,n,r;t.length!==2?(e=Ye,n=(s,f)=>Ye(t(s),f),r=(s,f)=>t(s)-f):(e=t===Ye||t===co?t:Y0,n=t,r=
t);function i(s,f,c=0,d=s.length){if(c<d){if(e(f,f)!==0)return d;do{let m=c+d>>>1;n(s[m],f)<0?c=m+1:d=m}while(c<
d)}return c}function o(s,f,c=0,d=s.length){if(c<d){if(e(f,f)!==0)return d;do{let m=c+d>>>1;n(s[m],f)<=0?c=m+1:
d=m}while(c<d)}return c}function l(s,f,c=0,d=s.length){let m=i(s,f,c,d-1);return m>c&&r(s[m-1],f)>-r(s[m],f)?m-
1:m}return{left:i,center:l,right:o}}function Y0(){return 0}function ho(t){return t===null?NaN:+t}var Hf=Ei(Ye),Ff=Hf.right,U0=Hf.left,K0=Ei(ho).center,po=Ff;var Z0=Math.sqrt(50),Q0=Math.sqrt(10),J0=Math.sqrt(2);function Ni(t,e,n){let r=(e-t)/Math.max(0,n),i=Math.floor(
Math.log10(r)),o=r/Math.pow(10,i),l=o>=Z0?10:o>=Q0?5:o>=J0?2:1,s,f,c;return i<0?(c=Math.pow(10,-i)/l,s=Math.round(
t*c),f=Math.round(e*c),s/c<t&&++s,f/c>e&&--f,c=-c):(c=Math.pow(10,i)*l,s=Math.round(t/c),f=Math.round(e/c),s*c<
t&&++s,f*c>e&&--f),f<s&&.5<=n&&n<2?Ni(t,e,n*2):[s,f,c]}function Ti(t,e,n){if(e=+e,t=+t,n=+n,!(n>0))return[];if(t===
e)return[t];let r=e<t,[i,o,l]=r?Ni(e,t,n):Ni(t,e,n);if(!(o>=i))return[];let s=o-i+1,f=new Array(s);if(r)if(l<0)
for(let c=0;c<s;++c)f[c]=(o-c)/-l;else for(let c=0;c<s;++c)f[c]=(o-c)*l;else if(l<0)for(let c=0;c<s;++c)f[c]=(i+
c)/-l;else for(let c=0;c<s;++c)f[c]=(i+c)*l;return f}function Rr(t,e,n){return e=+e,t=+t,n=+n,Ni(t,e,n)[2]}function mo(t,e,n){
e=+e,t=+t,n=+n;let r=e<t,i=r?Rr(e,t,n):Rr(t,e,n);return(r?-1:1)*(i<0?1/-i:i)}function X0(t){var e=0,n=t.children,r=n&&n.length;if(!r)e=1;else for(;--r>=0;)e+=n[r].value;t.value=e}function zf(){
return this.eachAfter(X0)}function Vf(t,e){let n=-1;for(let r of this)t.call(e,r,++n,this);return this}function $f(t,e){for(var n=this,r=[n],i,o,l=-1;n=r.pop();)if(t.call(e,n,++l,this),i=n.children)for(o=i.length-
1;o>=0;--o)r.push(i[o]);return this}function Bf(t,e){for(var n=this,r=[n],i=[],o,l,s,f=-1;n=r.pop();)if(i.push(n),o=n.children)for(l=0,s=o.length;l<
s;++l)r.push(o[l]);for(;n=i.pop();)t.call(e,n,++f,this);return this}function qf(t,e){let n=-1;for(let r of this)if(t.call(e,r,++n,this))return r}function Wf(t){return this.eachAfter(function(e){for(var n=+t(e.data)||0,r=e.children,i=r&&r.length;--i>=0;)n+=
r[i].value;e.value=n})}function Gf(t){return this.eachBefore(function(e){e.children&&e.children.sort(t)})}function Yf(t){for(var e=this,n=j0(e,t),r=[e];e!==n;)e=e.parent,r.push(e);for(var i=r.length;t!==n;)r.splice(i,
0,t),t=t.parent;return r}function j0(t,e){if(t===e)return t;var n=t.ancestors(),r=e.ancestors(),i=null;for(t=n.
pop(),e=r.pop();t===e;)i=t,t=n.pop(),e=r.pop();return i}function Uf(){for(var t=this,e=[t];t=t.parent;)e.push(t);return e}function Kf(){return Array.from(this)}function Zf(){var t=[];return this.eachBefore(function(e){e.children||t.push(e)}),t}function Qf(){var t=this,e=[];return t.each(function(n){n!==t&&e.push({source:n.parent,target:n})}),e}function*Jf(){var t=this,e,n=[t],r,i,o;do for(e=n.reverse(),n=[];t=e.pop();)if(yield t,r=t.children)for(i=0,o=
r.length;i<o;++i)n.push(r[i]);while(n.length)}function fr(t,e){t instanceof Map?(t=[void 0,t],e===void 0&&(e=nm)):e===void 0&&(e=em);for(var n=new Hr(t),r,i=[
n],o,l,s,f;r=i.pop();)if((l=e(r.data))&&(f=(l=Array.from(l)).length))for(r.children=l,s=f-1;s>=0;--s)i.push(o=
l[s]=new Hr(l[s])),o.parent=r,o.depth=r.depth+1;return n.eachBefore(im)}function tm(){return fr(this).eachBefore(
rm)}function em(t){return t.children}function nm(t){return Array.isArray(t)?t[1]:null}function rm(t){t.data.value!==
void 0&&(t.value=t.data.value),t.data=t.data.data}function im(t){var e=0;do t.height=e;while((t=t.parent)&&t.height<
++e)}function Hr(t){this.data=t,this.depth=this.height=0,this.parent=null}Hr.prototype=fr.prototype={constructor:Hr,
count:zf,each:Vf,eachAfter:Bf,eachBefore:$f,find:qf,sum:Wf,sort:Gf,path:Yf,ancestors:Uf,descendants:Kf,leaves:Zf,
links:Qf,copy:tm,[Symbol.iterator]:Jf};function Xf(t){t.x0=Math.round(t.x0),t.y0=Math.round(t.y0),t.x1=Math.round(t.x1),t.y1=Math.round(t.y1)}function jf(t,e,n,r,i){for(var o=t.children,l,s=-1,f=o.length,c=t.value&&(r-e)/t.value;++s<f;)l=o[s],l.y0=n,l.
y1=i,l.x0=e,l.x1=e+=l.value*c}function go(){var t=1,e=1,n=0,r=!1;function i(l){var s=l.height+1;return l.x0=l.y0=n,l.x1=t,l.y1=e/s,l.eachBefore(
o(e,s)),r&&l.eachBefore(Xf),l}function o(l,s){return function(f){f.children&&jf(f,f.x0,l*(f.depth+1)/s,f.x1,l*
(f.depth+2)/s);var c=f.x0,d=f.y0,m=f.x1-n,g=f.y1-n;m<c&&(c=m=(c+m)/2),g<d&&(d=g=(d+g)/2),f.x0=c,f.y0=d,f.x1=m,
f.y1=g}}return i.round=function(l){return arguments.length?(r=!!l,i):r},i.size=function(l){return arguments.length?
(t=+l[0],e=+l[1],i):[t,e]},i.padding=function(l){return arguments.length?(n=+l,i):n},i}function tu(t,e){switch(arguments.length){case 0:break;case 1:this.range(t);break;default:this.range(e).domain(
t);break}return this}function pr(t,e,n){t.prototype=e.prototype=n,n.constructor=t}function Vr(t,e){var n=Object.create(t.prototype);
for(var r in e)n[r]=e[r];return n}function mn(){}var Rn=.7,hr=1/Rn,ur="\\s*([+-]?\\d+)\\s*",Fr="\\s*([+-]?(?:\\d\
*\\.)?\\d+(?:[eE][+-]?\\d+)?)\\s*",Ue="\\s*([+-]?(?:\\d*\\.)?\\d+(?:[eE][+-]?\\d+)?)%\\s*",lm=/^#([0-9a-f]{3,8})$/,
om=new RegExp(`^rgb\\(${ur},${ur},${ur}\\)$`),am=new RegExp(`^rgb\\(${Ue},${Ue},${Ue}\\)$`),sm=new RegExp(`^rg\
ba\\(${ur},${ur},${ur},${Fr}\\)$`),fm=new RegExp(`^rgba\\(${Ue},${Ue},${Ue},${Fr}\\)$`),um=new RegExp(`^hsl\\(${Fr}\
,${Ue},${Ue}\\)$`),cm=new RegExp(`^hsla\\(${Fr},${Ue},${Ue},${Fr}\\)$`),eu={aliceblue:15792383,antiquewhite:16444375,
aqua:65535,aquamarine:8388564,azure:15794175,beige:16119260,bisque:16770244,black:0,blanchedalmond:16772045,blue:255,
blueviolet:9055202,brown:10824234,burlywood:14596231,cadetblue:6266528,chartreuse:8388352,chocolate:13789470,coral:16744272,
cornflowerblue:6591981,cornsilk:16775388,crimson:14423100,cyan:65535,darkblue:139,darkcyan:35723,darkgoldenrod:12092939,
darkgray:11119017,darkgreen:25600,darkgrey:11119017,darkkhaki:12433259,darkmagenta:9109643,darkolivegreen:5597999,
darkorange:16747520,darkorchid:10040012,darkred:9109504,darksalmon:15308410,darkseagreen:9419919,darkslateblue:4734347,
darkslategray:3100495,darkslategrey:3100495,darkturquoise:52945,darkviolet:9699539,deeppink:16716947,deepskyblue:49151,
dimgray:6908265,dimgrey:6908265,dodgerblue:2003199,firebrick:11674146,floralwhite:16775920,forestgreen:2263842,
fuchsia:16711935,gainsboro:14474460,ghostwhite:16316671,gold:16766720,goldenrod:14329120,gray:8421504,green:32768,
greenyellow:11403055,grey:8421504,honeydew:15794160,hotpink:16738740,indianred:13458524,indigo:4915330,ivory:16777200,
khaki:15787660,lavender:15132410,lavenderblush:16773365,lawngreen:8190976,lemonchiffon:16775885,lightblue:11393254,
lightcoral:15761536,lightcyan:14745599,lightgoldenrodyellow:16448210,lightgray:13882323,lightgreen:9498256,lightgrey:13882323,
lightpink:16758465,lightsalmon:16752762,lightseagreen:2142890,lightskyblue:8900346,lightslategray:7833753,lightslategrey:7833753,
lightsteelblue:11584734,lightyellow:16777184,lime:65280,limegreen:3329330,linen:16445670,magenta:16711935,maroon:8388608,
mediumaquamarine:6737322,mediumblue:205,mediumorchid:12211667,mediumpurple:9662683,mediumseagreen:3978097,mediumslateblue:8087790,
mediumspringgreen:64154,mediumturquoise:4772300,mediumvioletred:13047173,midnightblue:1644912,mintcream:16121850,
mistyrose:16770273,moccasin:16770229,navajowhite:16768685,navy:128,oldlace:16643558,olive:8421376,olivedrab:7048739,
orange:16753920,orangered:16729344,orchid:14315734,palegoldenrod:15657130,palegreen:10025880,paleturquoise:11529966,
palevioletred:14381203,papayawhip:16773077,peachpuff:16767673,peru:13468991,pink:16761035,plum:14524637,powderblue:11591910,
purple:8388736,rebeccapurple:6697881,red:16711680,rosybrown:12357519,royalblue:4286945,saddlebrown:9127187,salmon:16416882,
sandybrown:16032864,seagreen:3050327,seashell:16774638,sienna:10506797,silver:12632256,skyblue:8900331,slateblue:6970061,
slategray:7372944,slategrey:7372944,snow:16775930,springgreen:65407,steelblue:4620980,tan:13808780,teal:32896,
thistle:14204888,tomato:16737095,turquoise:4251856,violet:15631086,wheat:16113331,white:16777215,whitesmoke:16119285,
yellow:16776960,yellowgreen:10145074};pr(mn,nn,{copy(t){return Object.assign(new this.constructor,this,t)},displayable(){
return this.rgb().displayable()},hex:nu,formatHex:nu,formatHex8:hm,formatHsl:pm,formatRgb:ru,toString:ru});function nu(){
return this.rgb().formatHex()}function hm(){return this.rgb().formatHex8()}function pm(){return hu(this).formatHsl()}
function ru(){return this.rgb().formatRgb()}function nn(t){var e,n;return t=(t+"").trim().toLowerCase(),(e=lm.
exec(t))?(n=e[1].length,e=parseInt(e[1],16),n===6?iu(e):n===3?new Kt(e>>8&15|e>>4&240,e>>4&15|e&240,(e&15)<<4|
e&15,1):n===8?Ci(e>>24&255,e>>16&255,e>>8&255,(e&255)/255):n===4?Ci(e>>12&15|e>>8&240,e>>8&15|e>>4&240,e>>4&15|
e&240,((e&15)<<4|e&15)/255):null):(e=om.exec(t))?new Kt(e[1],e[2],e[3],1):(e=am.exec(t))?new Kt(e[1]*255/100,e[2]*
255/100,e[3]*255/100,1):(e=sm.exec(t))?Ci(e[1],e[2],e[3],e[4]):(e=fm.exec(t))?Ci(e[1]*255/100,e[2]*255/100,e[3]*
255/100,e[4]):(e=um.exec(t))?au(e[1],e[2]/100,e[3]/100,1):(e=cm.exec(t))?au(e[1],e[2]/100,e[3]/100,e[4]):eu.hasOwnProperty(
t)?iu(eu[t]):t==="transparent"?new Kt(NaN,NaN,NaN,0):null}function iu(t){return new Kt(t>>16&255,t>>8&255,t&255,
1)}function Ci(t,e,n,r){return r<=0&&(t=e=n=NaN),new Kt(t,e,n,r)}function bo(t){return t instanceof mn||(t=nn(
t)),t?(t=t.rgb(),new Kt(t.r,t.g,t.b,t.opacity)):new Kt}function $r(t,e,n,r){return arguments.length===1?bo(t):
new Kt(t,e,n,r??1)}function Kt(t,e,n,r){this.r=+t,this.g=+e,this.b=+n,this.opacity=+r}pr(Kt,$r,Vr(mn,{brighter(t){
return t=t==null?hr:Math.pow(hr,t),new Kt(this.r*t,this.g*t,this.b*t,this.opacity)},darker(t){return t=t==null?
Rn:Math.pow(Rn,t),new Kt(this.r*t,this.g*t,this.b*t,this.opacity)},rgb(){return this},clamp(){return new Kt(In(
this.r),In(this.g),In(this.b),Pi(this.opacity))},displayable(){return-.5<=this.r&&this.r<255.5&&-.5<=this.g&&this.
g<255.5&&-.5<=this.b&&this.b<255.5&&0<=this.opacity&&this.opacity<=1},hex:lu,formatHex:lu,formatHex8:mm,formatRgb:ou,
toString:ou}));function lu(){return`#${Ln(this.r)}${Ln(this.g)}${Ln(this.b)}`}function mm(){return`#${Ln(this.
r)}${Ln(this.g)}${Ln(this.b)}${Ln((isNaN(this.opacity)?1:this.opacity)*255)}`}function ou(){let t=Pi(this.opacity);
return`${t===1?"rgb(":"rgba("}${In(this.r)}, ${In(this.g)}, ${In(this.b)}${t===1?")":`, ${t})`}`}function Pi(t){
return isNaN(t)?1:Math.max(0,Math.min(1,t))}function In(t){return Math.max(0,Math.min(255,Math.round(t)||0))}function Ln(t){
return t=In(t),(t<16?"0":"")+t.toString(16)}function au(t,e,n,r){return r<=0?t=e=n=NaN:n<=0||n>=1?t=e=NaN:e<=0&&
(t=NaN),new He(t,e,n,r)}function hu(t){if(t instanceof He)return new He(t.h,t.s,t.l,t.opacity);if(t instanceof
mn||(t=nn(t)),!t)return new He;if(t instanceof He)return t;t=t.rgb();var e=t.r/255,n=t.g/255,r=t.b/255,i=Math.
min(e,n,r),o=Math.max(e,n,r),l=NaN,s=o-i,f=(o+i)/2;return s?(e===o?l=(n-r)/s+(n<r)*6:n===o?l=(r-e)/s+2:l=(e-n)/
s+4,s/=f<.5?o+i:2-o-i,l*=60):s=f>0&&f<1?0:l,new He(l,s,f,t.opacity)}function Ii(t,e,n,r){return arguments.length===
1?hu(t):new He(t,e,n,r??1)}function He(t,e,n,r){this.h=+t,this.s=+e,this.l=+n,this.opacity=+r}pr(He,Ii,Vr(mn,{
brighter(t){return t=t==null?hr:Math.pow(hr,t),new He(this.h,this.s,this.l*t,this.opacity)},darker(t){return t=
t==null?Rn:Math.pow(Rn,t),new He(this.h,this.s,this.l*t,this.opacity)},rgb(){var t=this.h%360+(this.h<0)*360,e=isNaN(
t)||isNaN(this.s)?0:this.s,n=this.l,r=n+(n<.5?n:1-n)*e,i=2*n-r;return new Kt(xo(t>=240?t-240:t+120,i,r),xo(t,i,
r),xo(t<120?t+240:t-120,i,r),this.opacity)},clamp(){return new He(su(this.h),Di(this.s),Di(this.l),Pi(this.opacity))},
displayable(){return(0<=this.s&&this.s<=1||isNaN(this.s))&&0<=this.l&&this.l<=1&&0<=this.opacity&&this.opacity<=
1},formatHsl(){let t=Pi(this.opacity);return`${t===1?"hsl(":"hsla("}${su(this.h)}, ${Di(this.s)*100}%, ${Di(this.
l)*100}%${t===1?")":`, ${t})`}`}}));function su(t){return t=(t||0)%360,t<0?t+360:t}function Di(t){return Math.
max(0,Math.min(1,t||0))}function xo(t,e,n){return(t<60?e+(n-e)*t/60:t<180?n:t<240?e+(n-e)*(240-t)/60:e)*255}var pu=Math.
PI/180,mu=180/Math.PI,Li=18,du=.96422,gu=1,xu=.82521,wu=4/29,cr=6/29,yu=3*cr*cr,dm=cr*cr*cr;function _u(t){if(t instanceof
Ke)return new Ke(t.l,t.a,t.b,t.opacity);if(t instanceof en)return bu(t);t instanceof Kt||(t=bo(t));var e=vo(t.
r),n=vo(t.g),r=vo(t.b),i=wo((.2225045*e+.7168786*n+.0606169*r)/gu),o,l;return e===n&&n===r?o=l=i:(o=wo((.4360747*
e+.3850649*n+.1430804*r)/du),l=wo((.0139322*e+.0971045*n+.7141733*r)/xu)),new Ke(116*i-16,500*(o-i),200*(i-l),
t.opacity)}function vu(t,e,n,r){return arguments.length===1?_u(t):new Ke(t,e,n,r??1)}function Ke(t,e,n,r){this.l=+t,this.
a=+e,this.b=+n,this.opacity=+r}pr(Ke,vu,Vr(mn,{brighter(t){return new Ke(this.l+Li*(t??1),this.a,this.b,this.opacity)},
darker(t){return new Ke(this.l-Li*(t??1),this.a,this.b,this.opacity)},rgb(){var t=(this.l+16)/116,e=isNaN(this.
a)?t:t+this.a/500,n=isNaN(this.b)?t:t-this.b/200;return e=du*yo(e),t=gu*yo(t),n=xu*yo(n),new Kt(_o(3.1338561*e-
1.6168667*t-.4906146*n),_o(-.9787684*e+1.9161415*t+.033454*n),_o(.0719453*e-.2289914*t+1.4052427*n),this.opacity)}}));
function wo(t){return t>dm?Math.pow(t,1/3):t/yu+wu}function yo(t){return t>cr?t*t*t:yu*(t-wu)}function _o(t){return 255*
(t<=.0031308?12.92*t:1.055*Math.pow(t,1/2.4)-.055)}function vo(t){return(t/=255)<=.04045?t/12.92:Math.pow((t+.055)/
1.055,2.4)}function gm(t){if(t instanceof en)return new en(t.h,t.c,t.l,t.opacity);if(t instanceof Ke||(t=_u(t)),
t.a===0&&t.b===0)return new en(NaN,0<t.l&&t.l<100?0:NaN,t.l,t.opacity);var e=Math.atan2(t.b,t.a)*mu;return new en(
e<0?e+360:e,Math.sqrt(t.a*t.a+t.b*t.b),t.l,t.opacity)}function Oi(t,e,n,r){return arguments.length===1?gm(t):new en(t,e,n,r??1)}function en(t,e,n,r){this.h=+t,this.
c=+e,this.l=+n,this.opacity=+r}function bu(t){if(isNaN(t.h))return new Ke(t.l,0,0,t.opacity);var e=t.h*pu;return new Ke(
t.l,Math.cos(e)*t.c,Math.sin(e)*t.c,t.opacity)}pr(en,Oi,Vr(mn,{brighter(t){return new en(this.h,this.c,this.l+
Li*(t??1),this.opacity)},darker(t){return new en(this.h,this.c,this.l-Li*(t??1),this.opacity)},rgb(){return bu(
this).rgb()}}));var Su=-.14861,So=1.78277,Mo=-.29227,Ri=-.90649,zr=1.97294,fu=zr*Ri,uu=zr*So,cu=So*Mo-Ri*Su;function xm(t){
if(t instanceof On)return new On(t.h,t.s,t.l,t.opacity);t instanceof Kt||(t=bo(t));var e=t.r/255,n=t.g/255,r=t.
b/255,i=(cu*r+fu*e-uu*n)/(cu+fu-uu),o=r-i,l=(zr*(n-i)-Mo*o)/Ri,s=Math.sqrt(l*l+o*o)/(zr*i*(1-i)),f=s?Math.atan2(
l,o)*mu-120:NaN;return new On(f<0?f+360:f,s,i,t.opacity)}function Hi(t,e,n,r){return arguments.length===1?xm(t):
new On(t,e,n,r??1)}function On(t,e,n,r){this.h=+t,this.s=+e,this.l=+n,this.opacity=+r}pr(On,Hi,Vr(mn,{brighter(t){
return t=t==null?hr:Math.pow(hr,t),new On(this.h,this.s,this.l*t,this.opacity)},darker(t){return t=t==null?Rn:
Math.pow(Rn,t),new On(this.h,this.s,this.l*t,this.opacity)},rgb(){var t=isNaN(this.h)?0:(this.h+120)*pu,e=+this.
l,n=isNaN(this.s)?0:this.s*e*(1-e),r=Math.cos(t),i=Math.sin(t);return new Kt(255*(e+n*(Su*r+So*i)),255*(e+n*(Mo*
r+Ri*i)),255*(e+n*(zr*r)),this.opacity)}}));function Au(t,e,n,r,i){var o=t*t,l=o*t;return((1-3*t+3*o-l)*e+(4-6*o+3*l)*n+(1+3*t+3*o-3*l)*r+l*i)/6}function wm(t){
var e=t.length-1;return function(n){var r=n<=0?n=0:n>=1?(n=1,e-1):Math.floor(n*e),i=t[r],o=t[r+1],l=r>0?t[r-1]:
2*i-o,s=r<e-1?t[r+2]:2*o-i;return Au((n-r/e)*e,l,i,o,s)}}function ym(t){var e=t.length;return function(n){var r=Math.
floor(((n%=1)<0?++n:n)*e),i=t[(r+e-1)%e],o=t[r%e],l=t[(r+1)%e],s=t[(r+2)%e];return Au((n-r/e)*e,i,o,l,s)}}var zi=t=>()=>t;
function Eu(t,e){return function(n){return t+n*e}}function _m(t,e,n){return t=Math.pow(t,n),e=Math.pow(e,n)-t,
n=1/n,function(r){return Math.pow(t+r*e,n)}}function No(t,e){var n=e-t;return n?Eu(t,n>180||n<-180?n-360*Math.
round(n/360):n):zi(isNaN(t)?e:t)}function vm(t){return(t=+t)==1?fe:function(e,n){return n-e?_m(e,n,t):zi(isNaN(
e)?n:e)}}function fe(t,e){var n=e-t;return n?Eu(t,n):zi(isNaN(t)?e:t)}var Br=(function t(e){var n=vm(e);function r(i,o){
var l=n((i=$r(i)).r,(o=$r(o)).r),s=n(i.g,o.g),f=n(i.b,o.b),c=fe(i.opacity,o.opacity);return function(d){return i.
r=l(d),i.g=s(d),i.b=f(d),i.opacity=c(d),i+""}}return r.gamma=t,r})(1);function Nu(t){return function(e){var n=e.
length,r=new Array(n),i=new Array(n),o=new Array(n),l,s;for(l=0;l<n;++l)s=$r(e[l]),r[l]=s.r||0,i[l]=s.g||0,o[l]=
s.b||0;return r=t(r),i=t(i),o=t(o),s.opacity=1,function(f){return s.r=r(f),s.g=i(f),s.b=o(f),s+""}}}var Nw=Nu(
wm),Tw=Nu(ym);function bm(t,e){e||(e=[]);var n=t?Math.min(e.length,t.length):0,r=e.slice(),i;return function(o){
for(i=0;i<n;++i)r[i]=t[i]*(1-o)+e[i]*o;return r}}function Sm(t){return ArrayBuffer.isView(t)&&!(t instanceof DataView)}function Mm(t,e){var n=e?e.length:0,r=t?Math.min(n,t.length):0,i=new Array(r),o=new Array(n),l;for(l=0;l<r;++l)
i[l]=Vi(t[l],e[l]);for(;l<n;++l)o[l]=e[l];return function(s){for(l=0;l<r;++l)o[l]=i[l](s);return o}}function km(t,e){
var n=new Date;return t=+t,e=+e,function(r){return n.setTime(t*(1-r)+e*r),n}}function ye(t,e){return t=+t,e=+e,
function(n){return t*(1-n)+e*n}}function Am(t,e){var n={},r={},i;(t===null||typeof t!="object")&&(t={}),(e===null||
typeof e!="object")&&(e={});for(i in e)i in t?n[i]=Vi(t[i],e[i]):r[i]=e[i];return function(o){for(i in n)r[i]=
n[i](o);return r}}var Ao=/[-+]?(?:\d+\.?\d*|\.?\d+)(?:[eE][-+]?\d+)?/g,ko=new RegExp(Ao.source,"g");function Em(t){
return function(){return t}}function Nm(t){return function(e){return t(e)+""}}function To(t,e){var n=Ao.lastIndex=
ko.lastIndex=0,r,i,o,l=-1,s=[],f=[];for(t=t+"",e=e+"";(r=Ao.exec(t))&&(i=ko.exec(e));)(o=i.index)>n&&(o=e.slice(
n,o),s[l]?s[l]+=o:s[++l]=o),(r=r[0])===(i=i[0])?s[l]?s[l]+=i:s[++l]=i:(s[++l]=null,f.push({i:l,x:ye(r,i)})),n=
ko.lastIndex;return n<e.length&&(o=e.slice(n),s[l]?s[l]+=o:s[++l]=o),s.length<2?f[0]?Nm(f[0].x):Em(e):(e=f.length,
function(c){for(var d=0,m;d<e;++d)s[(m=f[d]).i]=m.x(c);return s.join("")})}function Vi(t,e){var n=typeof e,r;return e==
null||n==="boolean"?zi(e):(n==="number"?ye:n==="string"?(r=nn(e))?(e=r,Br):To:e instanceof nn?Br:e instanceof Date?
km:Sm(e)?bm:Array.isArray(e)?Mm:typeof e.valueOf!="function"&&typeof e.toString!="function"||isNaN(e)?Am:ye)(t,
e)}function Tu(t,e){return t=+t,e=+e,function(n){return Math.round(t*(1-n)+e*n)}}var Mu=180/Math.PI,Eo={translateX:0,
translateY:0,rotate:0,skewX:0,scaleX:1,scaleY:1};function Cu(t,e,n,r,i,o){var l,s,f;return(l=Math.sqrt(t*t+e*e))&&
(t/=l,e/=l),(f=t*n+e*r)&&(n-=t*f,r-=e*f),(s=Math.sqrt(n*n+r*r))&&(n/=s,r/=s,f/=s),t*r<e*n&&(t=-t,e=-e,f=-f,l=-l),
{translateX:i,translateY:o,rotate:Math.atan2(e,t)*Mu,skewX:Math.atan(f)*Mu,scaleX:l,scaleY:s}}var Fi;function Tm(t){
let e=new(typeof DOMMatrix=="function"?DOMMatrix:WebKitCSSMatrix)(t+"");return e.isIdentity?Eo:Cu(e.a,e.b,e.c,
e.d,e.e,e.f)}function Cm(t){return t==null||(Fi||(Fi=document.createElementNS("http://www.w3.org/2000/svg","g")),
Fi.setAttribute("transform",t),!(t=Fi.transform.baseVal.consolidate()))?Eo:(t=t.matrix,Cu(t.a,t.b,t.c,t.d,t.e,
t.f))}function Du(t,e,n,r){function i(c){return c.length?c.pop()+" ":""}function o(c,d,m,g,_,M){if(c!==m||d!==
g){var C=_.push("translate(",null,e,null,n);M.push({i:C-4,x:ye(c,m)},{i:C-2,x:ye(d,g)})}else(m||g)&&_.push("tr\
anslate("+m+e+g+n)}function l(c,d,m,g){c!==d?(c-d>180?d+=360:d-c>180&&(c+=360),g.push({i:m.push(i(m)+"rotate(",
null,r)-2,x:ye(c,d)})):d&&m.push(i(m)+"rotate("+d+r)}function s(c,d,m,g){c!==d?g.push({i:m.push(i(m)+"skewX(",
null,r)-2,x:ye(c,d)}):d&&m.push(i(m)+"skewX("+d+r)}function f(c,d,m,g,_,M){if(c!==m||d!==g){var C=_.push(i(_)+
"scale(",null,",",null,")");M.push({i:C-4,x:ye(c,m)},{i:C-2,x:ye(d,g)})}else(m!==1||g!==1)&&_.push(i(_)+"scale\
("+m+","+g+")")}return function(c,d){var m=[],g=[];return c=t(c),d=t(d),o(c.translateX,c.translateY,d.translateX,
d.translateY,m,g),l(c.rotate,d.rotate,m,g),s(c.skewX,d.skewX,m,g),f(c.scaleX,c.scaleY,d.scaleX,d.scaleY,m,g),c=
d=null,function(_){for(var M=-1,C=g.length,O;++M<C;)m[(O=g[M]).i]=O.x(_);return m.join("")}}}var Pu=Du(Tm,"px,\
 ","px)","deg)"),Lu=Du(Cm,", ",")",")"),Dm=1e-12;function ku(t){return((t=Math.exp(t))+1/t)/2}function Pm(t){return((t=
Math.exp(t))-1/t)/2}function Lm(t){return((t=Math.exp(2*t))-1)/(t+1)}var Cw=(function t(e,n,r){function i(o,l){
var s=o[0],f=o[1],c=o[2],d=l[0],m=l[1],g=l[2],_=d-s,M=m-f,C=_*_+M*M,O,q;if(C<Dm)q=Math.log(g/c)/e,O=function(j){
return[s+j*_,f+j*M,c*Math.exp(e*j*q)]};else{var S=Math.sqrt(C),I=(g*g-c*c+r*C)/(2*c*n*S),A=(g*g-c*c-r*C)/(2*g*
n*S),F=Math.log(Math.sqrt(I*I+1)-I),P=Math.log(Math.sqrt(A*A+1)-A);q=(P-F)/e,O=function(j){var X=j*q,nt=ku(F),
Q=c/(n*S)*(nt*Lm(e*X+F)-Pm(F));return[s+Q*_,f+Q*M,c*nt/ku(e*X+F)]}}return O.duration=Math.abs(q)*1e3*e/Math.SQRT2,
O}return i.rho=function(o){var l=Math.max(.001,+o),s=l*l,f=s*s;return t(l,s,f)},i})(Math.SQRT2,2,4);function Iu(t){
return function(e,n){var r=t((e=Ii(e)).h,(n=Ii(n)).h),i=fe(e.s,n.s),o=fe(e.l,n.l),l=fe(e.opacity,n.opacity);return function(s){
return e.h=r(s),e.s=i(s),e.l=o(s),e.opacity=l(s),e+""}}}var Dw=Iu(No),Pw=Iu(fe);function Ou(t){return function(e,n){var r=t((e=Oi(e)).h,(n=Oi(n)).h),i=fe(e.c,n.c),o=fe(e.l,n.l),l=fe(e.opacity,
n.opacity);return function(s){return e.h=r(s),e.c=i(s),e.l=o(s),e.opacity=l(s),e+""}}}var Lw=Ou(No),Iw=Ou(fe);
function Ru(t){return(function e(n){n=+n;function r(i,o){var l=t((i=Hi(i)).h,(o=Hi(o)).h),s=fe(i.s,o.s),f=fe(i.
l,o.l),c=fe(i.opacity,o.opacity);return function(d){return i.h=l(d),i.s=s(d),i.l=f(Math.pow(d,n)),i.opacity=c(
d),i+""}}return r.gamma=e,r})(1)}var Ow=Ru(No),Rw=Ru(fe);function Co(t){return function(){return t}}function Do(t){return+t}var Hu=[0,1];function mr(t){return t}function Po(t,e){return(e-=t=+t)?function(n){return(n-t)/e}:Co(isNaN(e)?NaN:
.5)}function Im(t,e){var n;return t>e&&(n=t,t=e,e=n),function(r){return Math.max(t,Math.min(e,r))}}function Om(t,e,n){
var r=t[0],i=t[1],o=e[0],l=e[1];return i<r?(r=Po(i,r),o=n(l,o)):(r=Po(r,i),o=n(o,l)),function(s){return o(r(s))}}
function Rm(t,e,n){var r=Math.min(t.length,e.length)-1,i=new Array(r),o=new Array(r),l=-1;for(t[r]<t[0]&&(t=t.
slice().reverse(),e=e.slice().reverse());++l<r;)i[l]=Po(t[l],t[l+1]),o[l]=n(e[l],e[l+1]);return function(s){var f=po(
t,s,1,r)-1;return o[f](i[f](s))}}function Fu(t,e){return e.domain(t.domain()).range(t.range()).interpolate(t.interpolate()).
clamp(t.clamp()).unknown(t.unknown())}function Hm(){var t=Hu,e=Hu,n=Vi,r,i,o,l=mr,s,f,c;function d(){var g=Math.
min(t.length,e.length);return l!==mr&&(l=Im(t[0],t[g-1])),s=g>2?Rm:Om,f=c=null,m}function m(g){return g==null||
isNaN(g=+g)?o:(f||(f=s(t.map(r),e,n)))(r(l(g)))}return m.invert=function(g){return l(i((c||(c=s(e,t.map(r),ye)))(
g)))},m.domain=function(g){return arguments.length?(t=Array.from(g,Do),d()):t.slice()},m.range=function(g){return arguments.
length?(e=Array.from(g),d()):e.slice()},m.rangeRound=function(g){return e=Array.from(g),n=Tu,d()},m.clamp=function(g){
return arguments.length?(l=g?!0:mr,d()):l!==mr},m.interpolate=function(g){return arguments.length?(n=g,d()):n},
m.unknown=function(g){return arguments.length?(o=g,m):o},function(g,_){return r=g,i=_,d()}}function Lo(){return Hm()(
mr,mr)}function Io(t,e,n,r){var i=mo(t,e,n),o;switch(r=pn(r??",f"),r.type){case"s":{var l=Math.max(Math.abs(t),Math.abs(
e));return r.precision==null&&!isNaN(o=fo(i,l))&&(r.precision=o),Ai(r,l)}case"":case"e":case"g":case"p":case"r":{
r.precision==null&&!isNaN(o=uo(i,Math.max(Math.abs(t),Math.abs(e))))&&(r.precision=o-(r.type==="e"));break}case"\
f":case"%":{r.precision==null&&!isNaN(o=so(i))&&(r.precision=o-(r.type==="%")*2);break}}return Pn(r)}function Fm(t){var e=t.domain;return t.ticks=function(n){var r=e();return Ti(r[0],r[r.length-1],n??10)},t.tickFormat=
function(n,r){var i=e();return Io(i[0],i[i.length-1],n??10,r)},t.nice=function(n){n==null&&(n=10);var r=e(),i=0,
o=r.length-1,l=r[i],s=r[o],f,c,d=10;for(s<l&&(c=l,l=s,s=c,c=i,i=o,o=c);d-- >0;){if(c=Rr(l,s,n),c===f)return r[i]=
l,r[o]=s,e(r);if(c>0)l=Math.floor(l/c)*c,s=Math.ceil(s/c)*c;else if(c<0)l=Math.ceil(l*c)/c,s=Math.floor(s*c)/c;else
break;f=c}return t},t}function dr(){var t=Lo();return t.copy=function(){return Fu(t,dr())},tu.apply(t,arguments),
Fm(t)}function gr(t){return((t*=2)<=1?t*t*t:(t-=2)*t*t+2)/2}var zm={value:()=>{}};function Vu(){for(var t=0,e=arguments.length,n={},r;t<e;++t){if(!(r=arguments[t]+"")||r in
n||/[\s.]/.test(r))throw new Error("illegal type: "+r);n[r]=[]}return new $i(n)}function $i(t){this._=t}function Vm(t,e){
return t.trim().split(/^|\s+/).map(function(n){var r="",i=n.indexOf(".");if(i>=0&&(r=n.slice(i+1),n=n.slice(0,
i)),n&&!e.hasOwnProperty(n))throw new Error("unknown type: "+n);return{type:n,name:r}})}$i.prototype=Vu.prototype=
{constructor:$i,on:function(t,e){var n=this._,r=Vm(t+"",n),i,o=-1,l=r.length;if(arguments.length<2){for(;++o<l;)
if((i=(t=r[o]).type)&&(i=$m(n[i],t.name)))return i;return}if(e!=null&&typeof e!="function")throw new Error("in\
valid callback: "+e);for(;++o<l;)if(i=(t=r[o]).type)n[i]=zu(n[i],t.name,e);else if(e==null)for(i in n)n[i]=zu(
n[i],t.name,null);return this},copy:function(){var t={},e=this._;for(var n in e)t[n]=e[n].slice();return new $i(
t)},call:function(t,e){if((i=arguments.length-2)>0)for(var n=new Array(i),r=0,i,o;r<i;++r)n[r]=arguments[r+2];
if(!this._.hasOwnProperty(t))throw new Error("unknown type: "+t);for(o=this._[t],r=0,i=o.length;r<i;++r)o[r].value.
apply(e,n)},apply:function(t,e,n){if(!this._.hasOwnProperty(t))throw new Error("unknown type: "+t);for(var r=this.
_[t],i=0,o=r.length;i<o;++i)r[i].value.apply(e,n)}};function $m(t,e){for(var n=0,r=t.length,i;n<r;++n)if((i=t[n]).
name===e)return i.value}function zu(t,e,n){for(var r=0,i=t.length;r<i;++r)if(t[r].name===e){t[r]=zm,t=t.slice(
0,r).concat(t.slice(r+1));break}return n!=null&&t.push({name:e,value:n}),t}var Oo=Vu;var xr=0,Wr=0,qr=0,Bu=1e3,Bi,Gr,qi=0,Hn=0,Gi=0,Yr=typeof performance=="object"&&performance.now?performance:Date,
qu=typeof window=="object"&&window.requestAnimationFrame?window.requestAnimationFrame.bind(window):function(t){
setTimeout(t,17)};function Yi(){return Hn||(qu(Bm),Hn=Yr.now()+Gi)}function Bm(){Hn=0}function Wi(){this._call=
this._time=this._next=null}Wi.prototype=Ho.prototype={constructor:Wi,restart:function(t,e,n){if(typeof t!="fun\
ction")throw new TypeError("callback is not a function");n=(n==null?Yi():+n)+(e==null?0:+e),!this._next&&Gr!==
this&&(Gr?Gr._next=this:Bi=this,Gr=this),this._call=t,this._time=n,Ro()},stop:function(){this._call&&(this._call=
null,this._time=1/0,Ro())}};function Ho(t,e,n){var r=new Wi;return r.restart(t,e,n),r}function qm(){Yi(),++xr;
for(var t=Bi,e;t;)(e=Hn-t._time)>=0&&t._call.call(void 0,e),t=t._next;--xr}function $u(){Hn=(qi=Yr.now())+Gi,xr=
Wr=0;try{qm()}finally{xr=0,Gm(),Hn=0}}function Wm(){var t=Yr.now(),e=t-qi;e>Bu&&(Gi-=e,qi=t)}function Gm(){for(var t,
e=Bi,n,r=1/0;e;)e._call?(r>e._time&&(r=e._time),t=e,e=e._next):(n=e._next,e._next=null,e=t?t._next=n:Bi=n);Gr=
t,Ro(r)}function Ro(t){if(!xr){Wr&&(Wr=clearTimeout(Wr));var e=t-Hn;e>24?(t<1/0&&(Wr=setTimeout($u,Math.ceil(t-
Yr.now()-Gi)+1)),qr&&(qr=clearInterval(qr))):(qr||(qi=Yr.now(),qr=setInterval(Wm,Bu)),xr=1,qu($u))}}function Fo(t,e,n){
var r=new Wi;return e=e==null?0:+e,r.restart(i=>{r.stop(),t(i+e)},e,n),r}var Ym=Oo("start","end","cancel","interrupt"),Um=[],Yu=0,Wu=1,Ki=2,Ui=3,Gu=4,Zi=5,Ur=6;function dn(t,e,n,r,i,o){
var l=t.__transition;if(!l)t.__transition={};else if(n in l)return;Km(t,n,{name:e,index:r,group:i,on:Ym,tween:Um,
time:o.time,delay:o.delay,duration:o.duration,ease:o.ease,timer:null,state:Yu})}function Kr(t,e){var n=zt(t,e);
if(n.state>Yu)throw new Error("too late; already scheduled");return n}function Xt(t,e){var n=zt(t,e);if(n.state>
Ui)throw new Error("too late; already running");return n}function zt(t,e){var n=t.__transition;if(!n||!(n=n[e]))
throw new Error("transition not found");return n}function Km(t,e,n){var r=t.__transition,i;r[e]=n,n.timer=Ho(o,
0,n.time);function o(c){n.state=Wu,n.timer.restart(l,n.delay,n.time),n.delay<=c&&l(c-n.delay)}function l(c){var d,
m,g,_;if(n.state!==Wu)return f();for(d in r)if(_=r[d],_.name===n.name){if(_.state===Ui)return Fo(l);_.state===
Gu?(_.state=Ur,_.timer.stop(),_.on.call("interrupt",t,t.__data__,_.index,_.group),delete r[d]):+d<e&&(_.state=
Ur,_.timer.stop(),_.on.call("cancel",t,t.__data__,_.index,_.group),delete r[d])}if(Fo(function(){n.state===Ui&&
(n.state=Gu,n.timer.restart(s,n.delay,n.time),s(c))}),n.state=Ki,n.on.call("start",t,t.__data__,n.index,n.group),
n.state===Ki){for(n.state=Ui,i=new Array(g=n.tween.length),d=0,m=-1;d<g;++d)(_=n.tween[d].value.call(t,t.__data__,
n.index,n.group))&&(i[++m]=_);i.length=m+1}}function s(c){for(var d=c<n.duration?n.ease.call(null,c/n.duration):
(n.timer.restart(f),n.state=Zi,1),m=-1,g=i.length;++m<g;)i[m].call(t,d);n.state===Zi&&(n.on.call("end",t,t.__data__,
n.index,n.group),f())}function f(){n.state=Ur,n.timer.stop(),delete r[e];for(var c in r)return;delete t.__transition}}function Uu(t,e){var n=t.__transition,r,i,o=!0,l;if(n){e=e==null?null:e+"";for(l in n){if((r=n[l]).name!==e){o=
!1;continue}i=r.state>Ki&&r.state<Zi,r.state=Ur,r.timer.stop(),r.on.call(i?"interrupt":"cancel",t,t.__data__,r.
index,r.group),delete n[l]}o&&delete t.__transition}}function Ku(t){return this.each(function(){Uu(this,t)})}function Zm(t,e){var n,r;return function(){var i=Xt(this,t),o=i.tween;if(o!==n){r=n=o;for(var l=0,s=r.length;l<
s;++l)if(r[l].name===e){r=r.slice(),r.splice(l,1);break}}i.tween=r}}function Qm(t,e,n){var r,i;if(typeof n!="f\
unction")throw new Error;return function(){var o=Xt(this,t),l=o.tween;if(l!==r){i=(r=l).slice();for(var s={name:e,
value:n},f=0,c=i.length;f<c;++f)if(i[f].name===e){i[f]=s;break}f===c&&i.push(s)}o.tween=i}}function Zu(t,e){var n=this.
_id;if(t+="",arguments.length<2){for(var r=zt(this.node(),n).tween,i=0,o=r.length,l;i<o;++i)if((l=r[i]).name===
t)return l.value;return null}return this.each((e==null?Zm:Qm)(n,t,e))}function wr(t,e,n){var r=t._id;return t.
each(function(){var i=Xt(this,r);(i.value||(i.value={}))[e]=n.apply(this,arguments)}),function(i){return zt(i,
r).value[e]}}function Qi(t,e){var n;return(typeof e=="number"?ye:e instanceof nn?Br:(n=nn(e))?(e=n,Br):To)(t,e)}function Jm(t){return function(){this.removeAttribute(t)}}function Xm(t){return function(){this.removeAttributeNS(
t.space,t.local)}}function jm(t,e,n){var r,i=n+"",o;return function(){var l=this.getAttribute(t);return l===i?
null:l===r?o:o=e(r=l,n)}}function td(t,e,n){var r,i=n+"",o;return function(){var l=this.getAttributeNS(t.space,
t.local);return l===i?null:l===r?o:o=e(r=l,n)}}function ed(t,e,n){var r,i,o;return function(){var l,s=n(this),
f;return s==null?void this.removeAttribute(t):(l=this.getAttribute(t),f=s+"",l===f?null:l===r&&f===i?o:(i=f,o=
e(r=l,s)))}}function nd(t,e,n){var r,i,o;return function(){var l,s=n(this),f;return s==null?void this.removeAttributeNS(
t.space,t.local):(l=this.getAttributeNS(t.space,t.local),f=s+"",l===f?null:l===r&&f===i?o:(i=f,o=e(r=l,s)))}}function Qu(t,e){
var n=je(t),r=n==="transform"?Lu:Qi;return this.attrTween(t,typeof e=="function"?(n.local?nd:ed)(n,r,wr(this,"\
attr."+t,e)):e==null?(n.local?Xm:Jm)(n):(n.local?td:jm)(n,r,e))}function rd(t,e){return function(n){this.setAttribute(t,e.call(this,n))}}function id(t,e){return function(n){this.
setAttributeNS(t.space,t.local,e.call(this,n))}}function ld(t,e){var n,r;function i(){var o=e.apply(this,arguments);
return o!==r&&(n=(r=o)&&id(t,o)),n}return i._value=e,i}function od(t,e){var n,r;function i(){var o=e.apply(this,
arguments);return o!==r&&(n=(r=o)&&rd(t,o)),n}return i._value=e,i}function Ju(t,e){var n="attr."+t;if(arguments.
length<2)return(n=this.tween(n))&&n._value;if(e==null)return this.tween(n,null);if(typeof e!="function")throw new Error;
var r=je(t);return this.tween(n,(r.local?ld:od)(r,e))}function ad(t,e){return function(){Kr(this,t).delay=+e.apply(this,arguments)}}function sd(t,e){return e=+e,function(){
Kr(this,t).delay=e}}function Xu(t){var e=this._id;return arguments.length?this.each((typeof t=="function"?ad:sd)(
e,t)):zt(this.node(),e).delay}function fd(t,e){return function(){Xt(this,t).duration=+e.apply(this,arguments)}}function ud(t,e){return e=+e,
function(){Xt(this,t).duration=e}}function ju(t){var e=this._id;return arguments.length?this.each((typeof t=="\
function"?fd:ud)(e,t)):zt(this.node(),e).duration}function cd(t,e){if(typeof e!="function")throw new Error;return function(){Xt(this,t).ease=e}}function tc(t){var e=this.
_id;return arguments.length?this.each(cd(e,t)):zt(this.node(),e).ease}function hd(t,e){return function(){var n=e.apply(this,arguments);if(typeof n!="function")throw new Error;Xt(this,
t).ease=n}}function ec(t){if(typeof t!="function")throw new Error;return this.each(hd(this._id,t))}function nc(t){typeof t!="function"&&(t=Ir(t));for(var e=this._groups,n=e.length,r=new Array(n),i=0;i<n;++i)for(var o=e[i],
l=o.length,s=r[i]=[],f,c=0;c<l;++c)(f=o[c])&&t.call(f,f.__data__,c,o)&&s.push(f);return new le(r,this._parents,
this._name,this._id)}function rc(t){if(t._id!==this._id)throw new Error;for(var e=this._groups,n=t._groups,r=e.length,i=n.length,o=Math.
min(r,i),l=new Array(r),s=0;s<o;++s)for(var f=e[s],c=n[s],d=f.length,m=l[s]=new Array(d),g,_=0;_<d;++_)(g=f[_]||
c[_])&&(m[_]=g);for(;s<r;++s)l[s]=e[s];return new le(l,this._parents,this._name,this._id)}function pd(t){return(t+"").trim().split(/^|\s+/).every(function(e){var n=e.indexOf(".");return n>=0&&(e=e.slice(
0,n)),!e||e==="start"})}function md(t,e,n){var r,i,o=pd(e)?Kr:Xt;return function(){var l=o(this,t),s=l.on;s!==
r&&(i=(r=s).copy()).on(e,n),l.on=i}}function ic(t,e){var n=this._id;return arguments.length<2?zt(this.node(),n).
on.on(t):this.each(md(n,t,e))}function dd(t){return function(){var e=this.parentNode;for(var n in this.__transition)if(+n!==t)return;e&&e.removeChild(
this)}}function lc(){return this.on("end.remove",dd(this._id))}function oc(t){var e=this._name,n=this._id;typeof t!="function"&&(t=Tn(t));for(var r=this._groups,i=r.length,o=new Array(
i),l=0;l<i;++l)for(var s=r[l],f=s.length,c=o[l]=new Array(f),d,m,g=0;g<f;++g)(d=s[g])&&(m=t.call(d,d.__data__,
g,s))&&("__data__"in d&&(m.__data__=d.__data__),c[g]=m,dn(c[g],e,n,g,c,zt(d,n)));return new le(o,this._parents,
e,n)}function ac(t){var e=this._name,n=this._id;typeof t!="function"&&(t=Lr(t));for(var r=this._groups,i=r.length,o=[],
l=[],s=0;s<i;++s)for(var f=r[s],c=f.length,d,m=0;m<c;++m)if(d=f[m]){for(var g=t.call(d,d.__data__,m,f),_,M=zt(
d,n),C=0,O=g.length;C<O;++C)(_=g[C])&&dn(_,e,n,C,g,M);o.push(g),l.push(d)}return new le(o,l,e,n)}var gd=tn.prototype.constructor;function sc(){return new gd(this._groups,this._parents)}function xd(t,e){var n,r,i;return function(){var o=hn(this,t),l=(this.style.removeProperty(t),hn(this,t));return o===
l?null:o===n&&l===r?i:i=e(n=o,r=l)}}function fc(t){return function(){this.style.removeProperty(t)}}function wd(t,e,n){
var r,i=n+"",o;return function(){var l=hn(this,t);return l===i?null:l===r?o:o=e(r=l,n)}}function yd(t,e,n){var r,
i,o;return function(){var l=hn(this,t),s=n(this),f=s+"";return s==null&&(f=s=(this.style.removeProperty(t),hn(
this,t))),l===f?null:l===r&&f===i?o:(i=f,o=e(r=l,s))}}function _d(t,e){var n,r,i,o="style."+e,l="end."+o,s;return function(){
var f=Xt(this,t),c=f.on,d=f.value[o]==null?s||(s=fc(e)):void 0;(c!==n||i!==d)&&(r=(n=c).copy()).on(l,i=d),f.on=
r}}function uc(t,e,n){var r=(t+="")=="transform"?Pu:Qi;return e==null?this.styleTween(t,xd(t,r)).on("end.style\
."+t,fc(t)):typeof e=="function"?this.styleTween(t,yd(t,r,wr(this,"style."+t,e))).each(_d(this._id,t)):this.styleTween(
t,wd(t,r,e),n).on("end.style."+t,null)}function vd(t,e,n){return function(r){this.style.setProperty(t,e.call(this,r),n)}}function bd(t,e,n){var r,i;function o(){
var l=e.apply(this,arguments);return l!==i&&(r=(i=l)&&vd(t,l,n)),r}return o._value=e,o}function cc(t,e,n){var r="\
style."+(t+="");if(arguments.length<2)return(r=this.tween(r))&&r._value;if(e==null)return this.tween(r,null);if(typeof e!=
"function")throw new Error;return this.tween(r,bd(t,e,n??""))}function Sd(t){return function(){this.textContent=t}}function Md(t){return function(){var e=t(this);this.textContent=
e??""}}function hc(t){return this.tween("text",typeof t=="function"?Md(wr(this,"text",t)):Sd(t==null?"":t+""))}function kd(t){return function(e){this.textContent=t.call(this,e)}}function Ad(t){var e,n;function r(){var i=t.
apply(this,arguments);return i!==n&&(e=(n=i)&&kd(i)),e}return r._value=t,r}function pc(t){var e="text";if(arguments.
length<1)return(e=this.tween(e))&&e._value;if(t==null)return this.tween(e,null);if(typeof t!="function")throw new Error;
return this.tween(e,Ad(t))}function mc(){for(var t=this._name,e=this._id,n=Ji(),r=this._groups,i=r.length,o=0;o<i;++o)for(var l=r[o],s=l.
length,f,c=0;c<s;++c)if(f=l[c]){var d=zt(f,e);dn(f,t,n,c,l,{time:d.time+d.delay+d.duration,delay:0,duration:d.
duration,ease:d.ease})}return new le(r,this._parents,t,n)}function dc(){var t,e,n=this,r=n._id,i=n.size();return new Promise(function(o,l){var s={value:l},f={value:function(){
--i===0&&o()}};n.each(function(){var c=Xt(this,r),d=c.on;d!==t&&(e=(t=d).copy(),e._.cancel.push(s),e._.interrupt.
push(s),e._.end.push(f)),c.on=e}),i===0&&o()})}var Ed=0;function le(t,e,n,r){this._groups=t,this._parents=e,this._name=n,this._id=r}function gc(t){return tn().
transition(t)}function Ji(){return++Ed}var rn=tn.prototype;le.prototype=gc.prototype={constructor:le,select:oc,
selectAll:ac,selectChild:rn.selectChild,selectChildren:rn.selectChildren,filter:nc,merge:rc,selection:sc,transition:mc,
call:rn.call,nodes:rn.nodes,node:rn.node,size:rn.size,empty:rn.empty,each:rn.each,on:ic,attr:Qu,attrTween:Ju,style:uc,
styleTween:cc,text:hc,textTween:pc,remove:lc,tween:Zu,delay:Xu,duration:ju,ease:tc,easeVarying:ec,end:dc,[Symbol.
iterator]:rn[Symbol.iterator]};var Nd={time:null,delay:0,duration:250,ease:gr};function Td(t,e){for(var n;!(n=t.__transition)||!(n=n[e]);)if(!(t=
t.parentNode))throw new Error(`transition ${e} not found`);return n}function xc(t){var e,n;t instanceof le?(e=
t._id,t=t._name):(e=Ji(),(n=Nd).time=Yi(),t=t==null?null:t+"");for(var r=this._groups,i=r.length,o=0;o<i;++o)for(var l=r[o],
s=l.length,f,c=0;c<s;++c)(f=l[c])&&dn(f,t,e,c,l,n||Td(f,e));return new le(r,this._parents,t,e)}tn.prototype.interrupt=Ku;tn.prototype.transition=xc;function Cd(t){let n=0,r=0,i=1,o=10;if(t){for(let l=0;l<t.length&&!(l>6);l++)n+=i*(t.charCodeAt(l)%o),r+=i*(o-
1),i*=.7;r>0&&(n=n/r)}return n}function Dd(t){let e=0;if(t){let n=t.split("`");n.length>1&&(t=n[n.length-1]),t=
t.split("(")[0],e=Cd(t)}return e}function Pd(t,e){let n,r,i;return t==="red"?(n=200+Math.round(55*e),r=50+Math.
round(80*e),i=r):t==="orange"?(n=190+Math.round(65*e),r=90+Math.round(65*e),i=0):t==="yellow"?(n=175+Math.round(
55*e),r=n,i=50+Math.round(20*e)):t==="green"?(n=50+Math.round(60*e),r=200+Math.round(55*e),i=n):t==="pastelgre\
en"?(n=163+Math.round(75*e),r=195+Math.round(49*e),i=72+Math.round(149*e)):t==="blue"?(n=91+Math.round(126*e),
r=156+Math.round(76*e),i=221+Math.round(26*e)):t==="aqua"?(n=50+Math.round(60*e),r=165+Math.round(55*e),i=r):t===
"cold"?(n=0+Math.round(55*(1-e)),r=0+Math.round(230*(1-e)),i=200+Math.round(55*e)):(n=200+Math.round(55*e),r=0+
Math.round(230*(1-e)),i=0+Math.round(55*(1-e))),"rgb("+n+","+r+","+i+")"}function wc(){let t=960,e=null,n=18,r=null,i=null,o="",l=750,s=gr,f=!1,c=!1,d=null,m=null,g=0,_=null,M=null,C=!1,
O=!1,q=!1,S=null,I=!1,A=null,F=function(w){return w.data.n||w.data.name},P=function(w){return"v"in w?w.v:w.value},
j=function(w){return w.c||w.children},X=function(w){return w.data.l||w.data.libtype},nt=function(w){return"d"in
w.data?w.data.d:w.data.delta},Q=function(w,L,T){M=()=>{_&&(_.textContent="search: "+L+" of "+T+" total samples\
 ( "+Pn(".3f")(100*(L/T),3)+"%)")},M()},b=Q,J=(w,L,T=!1)=>{if(!L)return!1;let W=F(w);T&&(L=L.toLowerCase(),W=W.
toLowerCase());let et=new RegExp(L);return typeof W<"u"&&W&&W.match(et)},R=J,U=function(w){_&&(w?_.textContent=
w:typeof M=="function"?M():_.textContent="")},K=U,rt=function(w){return F(w)+" ("+Pn(".3f")(100*(w.x1-w.x0),3)+
"%, "+P(w)+" samples)"},B=function(w){return w.highlight?"#E600E6":st(F(w),X(w))},Ct=B;function st(w,L){let T=A||
"warm";!A&&!(typeof L>"u"||L==="")&&(T="red",typeof w<"u"&&w&&w.match(/::/)&&(T="yellow"),L==="kernel"?T="oran\
ge":L==="jit"?T="green":L==="inlined"&&(T="aqua"));let W=Dd(w);return Pd(T,W)}function ut(w){w.data.fade=!1,w.
data.hide=!1,w.children&&w.children.forEach(ut)}function xt(w){let L=w,T=L.parent,W,et,lt;for(;T;){for(W=T.children,
et=W.length;et--;)lt=W[et],lt!==L&&(lt.data.hide=!0);L=T,T=L.parent}}function ot(w){w.parent&&(w.parent.data.fade=
!0,ot(w.parent))}function Y(w,L){if(i&&i.hide(),xt(w),ut(w),ot(w),wt(),q){let T=L.parentNode.offsetTop,W=(window.
innerHeight-T)/n,et=(w.height-W+10)*n;window.scrollTo({top:T+et,left:0,behavior:"smooth"})}typeof d=="function"&&
d(w)}function It(w,L){let T=[],W=0;function et(lt,Mt){let V=!1;J(lt,L)?(lt.highlight=!0,V=!0,Mt||(W+=P(lt)),T.
push(lt)):lt.highlight=!1,lt.children&&lt.children.forEach(function(D){et(D,Mt||V)})}return et(w,!1),[T,W]}function Vt(w,L){
if(w.id===L)return w;{let T=w.children;if(T)for(let W=0;W<T.length;W++){let et=Vt(T[W],L);if(et)return et}}}function vt(w){
w.highlight=!1,w.children&&w.children.forEach(function(L){vt(L)})}function ht(w,L){if(typeof f=="function")return f(
w,L);if(f)return Ye(F(w),F(L))}let ue=go();function te(w){let L=w.descendants();if(g>0){let T=t/(w.x1-w.x0);L=
L.filter(function(W){return(W.x1-W.x0)*T>g})}return L}function wt(){r.each(function(w){let L=dr().range([0,t]),
T=dr().range([0,n]);f&&w.sort(ht),Te(w),ue(w);let W=t/(w.x1-w.x0);function et(G){return(G.x1-G.x0)*W}let lt=te(
w),Mt=Cn(this).select("svg");Mt.attr("width",t);let V=Mt.selectAll("g").data(lt,function(G){return G.id});if(!e||
O){let G=0;for(let ct=0;ct<lt.length;++ct)lt[ct].depth>G&&(G=lt[ct].depth);e=(G+3)*n,e<S&&(e=S),Mt.attr("heigh\
t",e)}V.transition().duration(l).ease(s).attr("transform",function(G){return"translate("+L(G.x0)+","+(c?T(G.depth):
e-T(G.depth)-n)+")"}),V.select("rect").transition().duration(l).ease(s).attr("width",et);let D=V.enter().append(
"svg:g").attr("transform",function(G){return"translate("+L(G.x0)+","+(c?T(G.depth):e-T(G.depth)-n)+")"});D.append(
"svg:rect").transition().delay(l/2).attr("width",et),i||D.append("svg:title"),D.append("foreignObject").append(
"xhtml:div"),V=Mt.selectAll("g").data(lt,function(G){return G.id}),V.attr("width",et).attr("height",function(G){
return n}).attr("name",function(G){return F(G)}).attr("class",function(G){return G.data.fade?"frame fade":"fra\
me"}),V.select("rect").attr("height",function(G){return n}).attr("fill",function(G){return B(G)}),i||V.select(
"title").text(rt),V.select("foreignObject").attr("width",et).attr("height",function(G){return n}).style("point\
er-events","none").select("div").attr("class","d3-flame-graph-label").style("display",function(G){return et(G)<
35?"none":"block"}).transition().delay(l).text(F),V.on("click",function(G,ct){Y(ct,this)}),V.exit().remove(),V.
on("mouseover",function(G,ct){i&&i.show(G,ct),U(rt(ct)),typeof m=="function"&&m(ct)}).on("mouseout",function(){
i&&i.hide(),U(null)})})}function ce(w,L){L.forEach(function(T){let W=w.find(function(et){return et.name===T.name});
W?(W.value+=T.value,T.children&&(W.children||(W.children=[]),ce(W.children,T.children))):w.push(T)})}function Ne(w,L){
L(w);let T=w.children;if(T){let W=[T],et,lt,Mt;for(;W.length;)for(T=W.pop(),et=T.length;et--;)lt=T[et],L(lt),Mt=
lt.children,Mt&&W.push(Mt)}}function oe(w){let L=0;Ne(w,function(T){T.id=L++})}function Te(w){let L,T,W,et,lt,
Mt,V,D,G=[],ct=[],_e=[],Ze=!C,$t=w.data;for($t.hide?(w.value=0,T=w.children,T&&_e.push(T)):(w.value=$t.fade?0:
P($t),G.push(w));L=G.pop();)if(T=L.children,T&&(lt=T.length)){for(et=0;lt--;){if(V=T[lt],$t=V.data,$t.hide){V.
value=0,W=V.children,W&&_e.push(W);continue}$t.fade?V.value=0:(D=P($t),V.value=D,et+=D),G.push(V)}Ze&&L.value&&
(L.value-=et),ct.push(T)}for(lt=ct.length;lt--;){for(T=ct[lt],et=0,Mt=T.length;Mt--;)et+=T[Mt].value;T[0].parent.
value+=et}for(;_e.length;)for(T=_e.pop(),Mt=T.length;Mt--;)V=T[Mt],V.value=0,W=V.children,W&&_e.push(W)}function Fe(){
r.datum(w=>{if(w.constructor.name!=="Node"){let L=fr(w,j);return oe(L),Te(L),L.originalValue=L.value,I&&L.eachAfter(
T=>{let W=nt(T),et=T.children,lt=et&&et.length;for(;--lt>=0;)W+=et[lt].delta;T.delta=W}),L}})}function E(w){if(!arguments.
length)return E;r=w,Fe(),r.each(function(L){if(Cn(this).select("svg").size()===0){let T=Cn(this).append("svg:s\
vg").attr("width",t).attr("class","partition d3-flame-graph");e&&(e<S&&(e=S),T.attr("height",e)),T.append("svg\
:text").attr("class","title").attr("text-anchor","middle").attr("y","25").attr("x",t/2).attr("fill","#808080").
text(o),i&&T.call(i)}}),wt()}return E.height=function(w){return arguments.length?(e=w,E):e},E.minHeight=function(w){
return arguments.length?(S=w,E):S},E.width=function(w){return arguments.length?(t=w,E):t},E.cellHeight=function(w){
return arguments.length?(n=w,E):n},E.tooltip=function(w){return arguments.length?(typeof w=="function"&&(i=w),
E):i},E.title=function(w){return arguments.length?(o=w,E):o},E.transitionDuration=function(w){return arguments.
length?(l=w,E):l},E.transitionEase=function(w){return arguments.length?(s=w,E):s},E.sort=function(w){return arguments.
length?(f=w,E):f},E.inverted=function(w){return arguments.length?(c=w,E):c},E.computeDelta=function(w){return arguments.
length?(I=w,E):I},E.setLabelHandler=function(w){return arguments.length?(rt=w,E):rt},E.label=E.setLabelHandler,
E.search=function(w){let L=[],T=0,W=0;r.each(function(et){let lt=It(et,w);L.push(...lt[0]),T+=lt[1],W+=et.originalValue}),
Q(L,T,W),wt()},E.findById=function(w){if(typeof w>"u"||w===null)return null;let L=null;return r.each(function(T){
L===null&&(L=Vt(T,w))}),L},E.clear=function(){U(null),r.each(function(w){vt(w),wt()})},E.zoomTo=function(w){Y(
w,r.node())},E.resetZoom=function(){r.each(function(w){Y(w,r.node())})},E.onClick=function(w){return arguments.
length?(d=w,E):d},E.onHover=function(w){return arguments.length?(m=w,E):m},E.merge=function(w){return r&&(this.
resetZoom(),M=null,U(null),r.datum(L=>(ce([L.data],[w]),L.data)),Fe(),wt()),E},E.update=function(w){return r&&
(w&&(r.datum(w),Fe()),wt()),E},E.destroy=function(){return r&&(i&&(i.hide(),typeof i.destroy=="function"&&i.destroy()),
r.selectAll("svg").remove()),E},E.setColorMapper=function(w){return arguments.length?(B=L=>{let T=Ct(L);return w(
L,T)},E):(B=Ct,E)},E.color=E.setColorMapper,E.setColorHue=function(w){return arguments.length?(A=w,E):(A=null,
E)},E.minFrameSize=function(w){return arguments.length?(g=w,E):g},E.setDetailsElement=function(w){return arguments.
length?(_=w,E):_},E.details=E.setDetailsElement,E.selfValue=function(w){return arguments.length?(C=w,E):C},E.resetHeightOnZoom=
function(w){return arguments.length?(O=w,E):O},E.scrollOnZoom=function(w){return arguments.length?(q=w,E):q},E.
getName=function(w){return arguments.length?(F=w,E):F},E.getValue=function(w){return arguments.length?(P=w,E):
P},E.getChildren=function(w){return arguments.length?(j=w,E):j},E.getLibtype=function(w){return arguments.length?
(X=w,E):X},E.getDelta=function(w){return arguments.length?(nt=w,E):nt},E.setSearchHandler=function(w){return arguments.
length?(Q=w,E):(Q=b,E)},E.setDetailsHandler=function(w){return arguments.length?(U=w,E):(U=K,E)},E.setSearchMatch=
function(w){return arguments.length?(J=w,E):(J=R,E)},E}return th(Ld);})();
