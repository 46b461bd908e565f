using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

/// <summary>A tenant's options, what the platform goes by among them, and how its users sign in.</summary>
public sealed class OptionTests(OneSilo silo)
{
    private ITenantGrain Tenant(TenantId tenant) => silo.Grains.GetGrain<ITenantGrain>(tenant.Value);

    private static OptionSetting[] Set(params (string Key, string Value)[] settings) => [.. settings.Select(set => new OptionSetting(set.Key, set.Value))];

    [Fact]
    public async Task Options_are_set_all_or_none_listed_in_order_and_deleted()
    {
        var (tenant, admin) = await silo.TenantAsync();
        Assert.Empty(await Tenant(tenant).Options(admin));
        await Tenant(tenant).SetOptions(admin, "mail", Set(("port", "25"), ("host", "a")));
        await Tenant(tenant).SetOptions(admin, "access.control", Set(("allow.origin", "*")));
        await Tenant(tenant).SetOptions(admin, "mail", Set(("host", "b")));
        Assert.Equal(
            [new TenantOption("access.control", "allow.origin", "*", true), new("mail", "host", "b", true), new("mail", "port", "25", true)], await Tenant(tenant).Options(admin));

        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).SetOptions(admin, "mail", Set(("host", "c"), ("", "x"))));
        Assert.Equal("b", (await Tenant(tenant).Options(admin))[1].Value);
        await Tenant(tenant).DeleteOption(admin, "mail", "host");
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).DeleteOption(admin, "mail", "host"));
        Assert.Equal(["allow.origin", "port"], (await Tenant(tenant).Options(admin)).Select(option => option.Key));
    }

    [Fact]
    public async Task A_secret_is_stored_sealed_shown_to_nobody_and_told_to_no_record()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var shown = Assert.Single(await Tenant(tenant).SetOptions(admin, "mail", Set(("credentials.password", "hush-4711"))));
        Assert.Equal(TenantOption.Masked, shown.Value);
        Assert.Equal(TenantOption.Masked, Assert.Single(await Tenant(tenant).Options(admin)).Value);
        var stored = await StoredAsync(tenant);
        Assert.DoesNotContain("hush", stored, StringComparison.Ordinal);
        Assert.Equal("hush-4711", silo.Service<OptionSeals>().Open(tenant, "mail", "credentials.password", stored));
        // What a client sends back as it was shown is no new secret.
        await Tenant(tenant).SetOptions(admin, "mail", Set(("credentials.password", TenantOption.Masked)));
        Assert.Equal(stored, await StoredAsync(tenant));

        var record = Assert.Single(silo.Audit.Of(tenant), r => r.Type == "Option");
        Assert.Equal(("Option created", "boss", "mail/credentials.password"), (record.Activity, record.User, record.Source));
        Assert.Equal([("value", null, null)], record.Changes.Select(c => (c.Attribute, c.PreviousValue, c.NewValue)));
    }

    [Fact]
    public async Task A_sealed_secret_opens_nowhere_but_where_it_was_sealed()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await Tenant(tenant).SetOptions(admin, "mail", Set(("credentials.password", "hush")));
        var (seals, stored) = (silo.Service<OptionSeals>(), await StoredAsync(tenant));
        foreach (var (of, category, key) in ((TenantId, string, string)[])[(new TenantId("t1"), "mail", "credentials.password"), (tenant, "post", "credentials.password"), (tenant, "mail", "credentials.other")])
            Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => seals.Open(of, category, key, stored));
        Assert.NotEqual(stored, seals.Seal(tenant, "mail", "credentials.password", "hush"));
    }

    private async Task<string> StoredAsync(TenantId tenant)
    {
        var state = new GrainState<GrainDocument<TenantState>.Cell>();
        await silo.Documents.ReadStateAsync("tenant", GrainId.Create("tenant", tenant.Value), state);
        return Assert.Single(state.State!.Value!.Options).Value;
    }

    [Fact]
    public async Task What_the_operator_has_pinned_only_the_operator_changes()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var boss = await silo.OperatorAsync();
        await Tenant(tenant).SetOptions(admin, "a", Set(("b", "c")));
        // What it is set to is no other tenant's to see.
        Assert.Equal(new TenantOption("a", "b", "", false), await Tenant(tenant).PinOption(boss, "a", "b", false));

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).SetOptions(admin, "a", Set(("b", "d"))));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).SetOptions(admin, "a", Set(("free", "d"), ("b", "c"))));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).DeleteOption(admin, "a", "b"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).PinOption(admin, "a", "b", true));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Tenant(tenant).PinOption(boss, "a", "none", true));
        Assert.Equal(new TenantOption("a", "b", "c", false), Assert.Single(await Tenant(tenant).Options(admin)));
        // Both trails tell of it.
        foreach (var trail in (TenantId[])[tenant, TenantId.Management])
            Assert.Contains(silo.Records(trail, "Option updated"), r => r.Source == "a/b" && r.Changes.Any(c => c is { Attribute: "editable", NewValue: "false" }));

        await Tenant(tenant).PinOption(boss, "a", "b", true);
        await Tenant(tenant).SetOptions(admin, "a", Set(("b", "d")));
    }

    [Fact]
    public async Task What_the_platform_goes_by_is_spread_before_the_answer_and_its_values_are_checked()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await Tenant(tenant).SetOptions(admin, "configuration", Set(("acl.measurement.only-accessible-fragments", "true")));
        await Tenant(tenant).SetOptions(admin, "password", Set(("limit.validity", "90")));
        var fact = silo.Facts.PublishedOf(tenant).Last();
        Assert.Equal((true, 90), (fact.ShowsCoveredFragments, fact.PasswordDays));
        await Tenant(tenant).DeleteOption(admin, "configuration", "acl.measurement.only-accessible-fragments");
        Assert.False(silo.Facts.PublishedOf(tenant).Last().ShowsCoveredFragments);
        foreach (var (category, key, value) in ((string, string, string)[])
            [("configuration", "acl.measurement.only-accessible-fragments", "yes"), ("password", "limit.validity", "-1"), ("password", "limit.validity", "1.5"), ("password", "limit.validity", "36501")])
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).SetOptions(admin, category, Set((key, value))));
        Assert.Equal("90", (await Tenant(tenant).SystemOption(admin, "password", "limit.validity"))!.Value);
    }

    [Fact]
    public async Task Options_have_bounds()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).SetOptions(admin, "a\nb", Set(("b", "c"))));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).SetOptions(admin, "a", Set((new string('k', Limits.OptionNameCharsMax + 1), "c"))));
        await OneSilo.RefusedAsync(RefusalKind.TooLarge, () => Tenant(tenant).SetOptions(admin, "a", Set(("b", new string('v', Limits.OptionValueCharsMax + 1)))));
        var large = new string('v', Limits.OptionValueCharsMax);
        var many = Enumerable.Range(0, Limits.OptionCharsPerTenantMax / Limits.OptionValueCharsMax + 1).Select(i => ($"k{i}", large)).ToArray();
        await OneSilo.RefusedAsync(RefusalKind.TooLarge, () => Tenant(tenant).SetOptions(admin, "a", Set(many)));
        var small = Enumerable.Range(0, Limits.OptionsPerTenantMax).Select(i => ($"k{i}", "")).ToArray();
        await Tenant(tenant).SetOptions(admin, "a", Set(small));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Tenant(tenant).SetOptions(admin, "b", Set(("one", "more"))));
    }

    [Fact]
    public async Task Options_are_read_and_set_each_with_its_own_role_in_one_s_own_tenant()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (_, foreigner) = await silo.TenantAsync();
        var reader = await silo.MakeAsync(admin, "reader", Authority.OptionManagementRead);
        var setter = await silo.MakeAsync(admin, "setter", Authority.OptionManagementAdmin);
        await Tenant(tenant).SetOptions(setter, "a", Set(("b", "c")));
        Assert.Single(await Tenant(tenant).Options(reader));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Options(setter));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).SetOptions(reader, "a", Set(("b", "d"))));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).DeleteOption(reader, "a", "b"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).Options(foreigner));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).SetOptions(foreigner, "a", Set(("b", "d"))));
    }

    [Fact]
    public async Task Nothing_is_set_that_cannot_be_recorded()
    {
        var (tenant, admin) = await silo.TenantAsync();
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Tenant(tenant).SetOptions(admin, "a", Set(("b", "c"))));
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => Tenant(tenant).UpdateBasicSignIn(admin, new("Changed", null, null)));
        silo.Audit.BringUp(tenant);
        Assert.Empty(await Tenant(tenant).Options(admin));
        Assert.Equal(BasicSignIn.Default.ProviderName, (await Tenant(tenant).BasicSignIn(admin)).ProviderName);
    }

    [Fact]
    public async Task Secured_options_of_the_platform_are_masked_but_for_who_may_set_options()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var plain = await silo.MakeAsync(admin, "plain");
        Assert.Contains(new SystemOption("password", "green.min-length", "8"), await Tenant(tenant).SystemOptions(admin));
        Assert.Contains(new SystemOption("password", "green.min-length", TenantOption.Masked), await Tenant(tenant).SystemOptions(plain));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Tenant(tenant).SystemOption(plain, "password", "green.min-length"));
        Assert.Equal("0", (await Tenant(tenant).SystemOption(plain, "password", "limit.validity"))!.Value);
        Assert.Null(await Tenant(tenant).SystemOption(plain, "no", "such"));
    }

    [Fact]
    public async Task Who_decides_how_one_signs_in_is_recorded_and_the_login_page_is_not_told_whom_it_keeps_out()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var agents = new AgentRules(["Pump/"], ["curl"], true);
        var changed = await Tenant(tenant).UpdateBasicSignIn(admin, new(null, false, agents));
        Assert.Equal(("Bailiwick", false, "curl"), (changed.ProviderName, changed.IsVisible, changed.Agents.Forbidden.Single()));
        Assert.Equal(["curl"], silo.Facts.PublishedOf(tenant).Last().BasicSignIn.Agents.Forbidden);

        var offered = await silo.Grains.GetGrain<ISignInGrain>(tenant.Value).Offered(Caller.SigningIn(tenant));
        Assert.Equal((false, true), (offered.IsVisible, offered.Agents.AdmitAll));
        // Whoever asks about a tenant that is none learns nothing by it.
        Assert.True((await silo.Grains.GetGrain<ISignInGrain>("t424242").Offered(Caller.SigningIn(new TenantId("t424242")))).IsVisible);

        var record = Assert.Single(silo.Audit.Of(tenant), r => r.Type == "TenantAuthConfig");
        Assert.Equal(("Authentication configuration updated", "boss"), (record.Activity, record.User));
        Assert.Equal(["visibleOnLoginPage", "trustedUserAgents", "forbiddenUserAgents", "forbiddenClients"], record.Changes.Select(c => c.Attribute));
    }

    [Theory]
    [InlineData("", true), InlineData("curl/8", false), InlineData("Mozilla/5.0 (X11)", false), InlineData("Mozilla/5.0 Pump/1", true), InlineData("Pump/1 curl/8", true), InlineData("CURL", true)]
    public void A_trusted_client_gets_in_before_any_is_kept_out_and_one_that_says_nothing_is_no_browser(string agent, bool getsIn) =>
        Assert.Equal(getsIn, new AgentRules(["Pump/"], ["curl"], true).Admit(agent));

    [Fact]
    public void A_tenant_stored_before_there_were_options_has_none_and_lets_everybody_sign_in()
    {
        var serializer = silo.Service<Orleans.Serialization.Serializer>();
        var state = TenantState.Of(new TenantPlan("old", "Old", null, null, null, null, null), default) with { Options = null!, BasicSignIn = null! };
        var fact = serializer.Deserialize<TenantState>(serializer.SerializeToArray(state))!.Fact(new TenantId("t1"));
        Assert.Equal((true, false, 0), (fact.BasicSignIn.Agents.AdmitAll, fact.ShowsCoveredFragments, fact.PasswordDays));
    }
}
