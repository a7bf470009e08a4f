//! Loops that are offloaded as they stand. A test changes one place and says what becomes of the loop.

/// `s += a[i]; out[i] = s`, and s is returned: (out, a, s, n), canonical words.
pub const SCAN: &str = "
function %f(i64, i64, i32, i64) -> i32 system_v {
block0(v0: i64, v1: i64, v2: i32, v3: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 4
    v6 = iconst.i64 1
    jump block1(v4, v0, v1, v2)
block1(v10: i64, v11: i64, v12: i64, v13: i32):
    v14 = load.i32 notrap aligned v12
    v15 = ADD v13, v14
    store notrap aligned v15, v11
    v20 = iadd v10, v6
    v21 = iadd v11, v5
    v22 = iadd v12, v5
    v23 = icmp ult v20, v3
    brif v23, block1(v20, v21, v22, v15), block2
block2:
    return v15
}
";

/// `out[i] = a[i] * r^2 / r`: words to Montgomery form: (out, a, n).
pub const CONVERT: &str = "
function %f(i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v3: i64):
    v4 = iconst.i64 0
    v5 = iconst.i64 4
    v6 = iconst.i64 1
    v7 = iconst.i32 {rr}
    jump block1(v4, v0, v1)
block1(v10: i64, v11: i64, v12: i64):
    v14 = load.i32 notrap aligned v12
    v15 = MUL v14, v7
    store notrap aligned v15, v11
    v20 = iadd v10, v6
    v21 = iadd v11, v5
    v22 = iadd v12, v5
    v23 = icmp ult v20, v3
    brif v23, block1(v20, v21, v22), block2
block2:
    return
}
";

/// `out[i] = gamma + sum(j < k) { coeff[j] * a[i * k + j] }`: (out, a, coeff, gamma, n, k), Montgomery form.
pub const FINGERPRINT: &str = "
function %f(i64, i64, i64, i32, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i32, v4: i64, v5: i64):
    v6 = iconst.i64 0
    v7 = iconst.i64 2
    v8 = ishl v5, v7
    v9 = iconst.i64 4
    v50 = iconst.i64 1
    jump block1(v6, v0, v1)
block1(v10: i64, v11: i64, v12: i64):
    jump block2(v6, v12, v2, v3)
block2(v20: i64, v21: i64, v22: i64, v23: i32):
    v24 = load.i32 notrap aligned v21
    v25 = load.i32 notrap aligned v22
    v26 = MUL v24, v25
    v27 = ADD v23, v26
    v28 = iadd v20, v50
    v29 = iadd v21, v9
    v30 = iadd v22, v9
    v31 = icmp ult v28, v5
    brif v31, block2(v28, v29, v30, v27), block3
block3:
    store notrap aligned v27, v11
    v40 = iadd v10, v50
    v41 = iadd v11, v9
    v42 = iadd v12, v8
    v43 = icmp ult v40, v4
    brif v43, block1(v40, v41, v42), block4
block4:
    return
}
";

/// The same with running powers of beta in place of a vector: (out, a, beta, gamma, n, k).
pub const POWERS_FINGERPRINT: &str = "
function %f(i64, i64, i32, i32, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i32, v3: i32, v4: i64, v5: i64):
    v6 = iconst.i64 0
    v7 = iconst.i64 2
    v8 = ishl v5, v7
    v9 = iconst.i64 4
    v50 = iconst.i64 1
    v51 = iconst.i32 {r}
    jump block1(v6, v0, v1)
block1(v10: i64, v11: i64, v12: i64):
    jump block2(v6, v12, v51, v3)
block2(v20: i64, v21: i64, v22: i32, v23: i32):
    v24 = load.i32 notrap aligned v21
    v26 = MUL v24, v22
    v27 = ADD v23, v26
    v28 = iadd v20, v50
    v29 = iadd v21, v9
    v30 = MUL v22, v2
    v31 = icmp ult v28, v5
    brif v31, block2(v28, v29, v30, v27), block3
block3:
    store notrap aligned v27, v11
    v40 = iadd v10, v50
    v41 = iadd v11, v9
    v42 = iadd v12, v8
    v43 = icmp ult v40, v4
    brif v43, block1(v40, v41, v42), block4
block4:
    return
}
";

/// Rows of k words to Montgomery form, with k tested before the inner loop: (out, a, n, k, row stride).
pub const CONVERT_ROWS: &str = "
function %f(i64, i64, i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v4: i64, v5: i64, v8: i64):
    v6 = iconst.i64 0
    v9 = iconst.i64 4
    v50 = iconst.i64 1
    v52 = iconst.i32 {rr}
    jump block1(v6, v0, v1)
block1(v10: i64, v11: i64, v12: i64):
    brif v5, block5, block3
block5:
    jump block2(v5, v12, v11)
block2(v20: i64, v21: i64, v22: i64):
    v24 = load.i32 notrap aligned v21
    v26 = MUL v24, v52
    store notrap aligned v26, v22
    v28 = isub v20, v50
    v29 = iadd v21, v9
    v30 = iadd v22, v9
    brif v28, block2(v28, v29, v30), block3
block3:
    v40 = iadd v10, v50
    v41 = iadd v11, v8
    v42 = iadd v12, v8
    v43 = icmp ult v40, v4
    brif v43, block1(v40, v41, v42), block4
block4:
    return
}
";

/// Montgomery's trick, prefix products in scratch memory: (out, x, scratch, n), Montgomery form.
pub const BATCH_INVERSE: &str = "
function %f(i64, i64, i64, i64) system_v {
block0(v0: i64, v1: i64, v2: i64, v3: i64):
    v5 = iconst.i32 1
    v6 = iconst.i64 0
    v9 = iconst.i64 4
    v50 = iconst.i64 1
    v51 = iconst.i32 {r}
    v52 = iconst.i32 {p-2}
    v53 = iconst.i64 2
    brif v3, block10, block6
block10:
    jump block1(v6, v51)
block1(v10: i64, v13: i32):
    v11 = ishl v10, v53
    v12 = iadd v2, v11
    v14 = iadd v1, v11
    v15 = load.i32 notrap aligned v14
    store notrap aligned v13, v12
    v16 = MUL v13, v15
    v17 = iadd v10, v50
    v18 = icmp ult v17, v3
    brif v18, block1(v17, v16), block11
block11:
    jump block2(v52, v16, v51)
block2(v20: i32, v21: i32, v22: i32):
    v23 = band v20, v5
    v24 = MUL v22, v21
    v25 = select v23, v24, v22
    v26 = MUL v21, v21
    v27 = ushr v20, v5
    brif v27, block2(v27, v26, v25), block3
block3:
    v29 = isub v3, v50
    jump block4(v29, v25)
block4(v30: i64, v31: i32):
    v32 = ishl v30, v53
    v33 = iadd v2, v32
    v34 = load.i32 notrap aligned v33
    v35 = iadd v1, v32
    v36 = load.i32 notrap aligned v35
    v37 = MUL v31, v34
    v38 = MUL v31, v36
    v39 = iadd v0, v32
    store notrap aligned v37, v39
    v40 = isub v30, v50
    brif v30, block4(v40, v38), block6
block6:
    return
}
";
