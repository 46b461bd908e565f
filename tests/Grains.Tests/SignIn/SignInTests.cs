using System.Text;
using Bailiwick.Edge;
using Bailiwick.Edge.SigningIn;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tests.Platform;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bailiwick.Grains.Tests.SignIn;

/// <summary>The edge's sign-in against real users.</summary>
public sealed class SignInTests(OneSilo silo)
{
    private const string Here = "198.51.100.7";
    private const string Elsewhere = "203.0.113.9";

    /// <summary>What a silo's replica would tell a cache, of one tenant alone: other tests change theirs at the same time.</summary>
    private sealed class OneTenants(CredentialCache cache, TenantId of) : IFactListener
    {
        public void UserChanged(UserId user, bool lostRights)
        {
            if (user.Tenant == of) cache.UserChanged(user, lostRights);
        }

        public void TenantChanged(TenantId tenant, bool lostRights)
        {
            if (tenant == of) cache.TenantChanged(tenant, lostRights);
        }

        public void LeaseLapsed() => cache.LeaseLapsed();
    }

    /// <summary>One edge, with a clock of its own; it hears of one tenant's changes.</summary>
    private sealed class Door
    {
        public FakeTimeProvider Clock { get; } = new(DateTimeOffset.UnixEpoch.AddYears(60));
        public CredentialCache Cache { get; }
        public SignInAudit Audit { get; }
        public Bailiwick.Edge.SignIn SignIn { get; }

        public Door(OneSilo silo, TenantId? hearsOf = null)
        {
            Cache = new CredentialCache(Clock);
            if (hearsOf is { } tenant) silo.Facts.Listeners.Add(new OneTenants(Cache, tenant));
            var options = new SignInOptions(new TenantId("t1"), "iot.example");
            Audit = new SignInAudit(silo.Grains, Clock, NullLogger<SignInAudit>.Instance);
            SignIn = new Bailiwick.Edge.SignIn(silo.Grains, Cache, new SignInThrottle(Clock), new TenantHosts(silo.Grains, Clock, options), Audit);
        }

        public Task<Caller> BasicAsync(string credentials, string? host = null, string address = Here, bool isApplication = false, ConnectionMemory? connection = null, string agent = "") =>
            SignIn.BasicAsync("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)), host, address, isApplication, connection, agent).AsTask();

        public Task<Caller> MqttAsync(string? user, string? password, string address = Here) => SignIn.MqttAsync(user, password, address).AsTask();

        public async Task<Refusal> RefusedAsync(string credentials, string? host = null, string address = Here) =>
            await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => BasicAsync(credentials, host, address));
    }

    [Fact]
    public async Task The_host_of_a_new_tenant_is_known_from_the_moment_that_its_making_is_answered()
    {
        var hosts = new TenantHosts(silo.Grains, TimeProvider.System, new SignInOptions(new TenantId("t1"), "iot.example"));
        if ((object)hosts is IFactListener listener) silo.Facts.Listeners.Add(listener);
        Assert.Null(await hosts.FindAsync("brand-new.iot.example"));
        var made = await silo.Grains.GetGrain<ITenantsGrain>(TenantId.Management.Value).Create(
            await silo.OperatorAsync(), new NewTenant("brand-new", "Company", null, null, null, null, null));
        Assert.Equal(made.Id, await hosts.FindAsync("brand-new.iot.example"));
    }

    [Fact]
    public async Task The_first_slash_ends_the_tenant_and_the_first_colon_the_user()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = new UserId(tenant, "anna");
        await silo.User(id).Create(admin, OneSilo.NewUser("anna") with { Password = "With:colon/slash1" });

        var caller = await new Door(silo).BasicAsync($"{tenant}/anna:With:colon/slash1");
        Assert.Equal((id, SignInMethod.Basic, Here), (caller.User, caller.Method, caller.Address));
        await silo.User(id).ReadOwn(caller);
    }

    [Fact]
    public async Task Without_a_tenant_in_the_name_the_host_says_which()
    {
        var (tenant, _) = await silo.TenantAsync();
        var domain = (await silo.Grains.GetGrain<ITenantGrain>(tenant.Value).Read(await silo.OperatorAsync())).Domain;
        var door = new Door(silo);

        foreach (var host in (string[])[$"{domain}.iot.example", $"{tenant}.iot.example:8443", $"{domain.ToUpperInvariant()}.IOT.example"])
            Assert.Equal(tenant, (await door.BasicAsync("boss:Boss-12345!", host)).Tenant);
        foreach (var host in (string?[])[null, "iot.example", "localhost:8080", "[::1]:8080", "10.0.0.1", "evil-iot.example"])
            Assert.Equal("t1", (await door.BasicAsync("admin:Default-123!", host)).Tenant.Value);
        // The tenant in the name wins over the host's.
        Assert.Equal(tenant, (await door.BasicAsync($"{tenant}/boss:Boss-12345!", "t1.iot.example")).Tenant);
    }

    [Fact]
    public async Task A_host_that_names_no_tenant_is_no_way_into_the_default_one()
    {
        var refusal = await new Door(silo).RefusedAsync("admin:Default-123!", "nosuch.iot.example");
        Assert.Equal("Invalid credentials! : Bad credentials", refusal.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task No_credentials_at_all_are_told_from_bad_ones(string? authorization)
    {
        var refusal = await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => new Door(silo).SignIn.BasicAsync(authorization, null, Here).AsTask());
        Assert.Equal("Full authentication is required to access this resource", refusal.Message);
    }

    [Theory]
    [InlineData("Basic !!!")]
    [InlineData("Basic YWRtaW4=")]
    [InlineData("Basic /////w==")]
    [InlineData("Bearer abc")]
    [InlineData("Basic")]
    public async Task A_header_that_cannot_be_read_is_bad_credentials(string authorization)
    {
        var refusal = await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => new Door(silo).SignIn.BasicAsync(authorization, null, Here).AsTask());
        Assert.Equal("Invalid credentials! : Bad credentials", refusal.Message);
    }

    [Fact]
    public async Task Every_kind_of_bad_credentials_is_answered_in_the_same_words()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var disabled = await silo.MakeAsync(admin, "disabled");
        await silo.User(disabled.User).Update(admin, new UserChange(null, null, null, null, null, null, false, null, null));
        var (suspended, _) = await silo.TenantAsync();
        await silo.Grains.GetGrain<ITenantGrain>(suspended.Value).Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Suspended));
        var door = new Door(silo);

        foreach (var credentials in (string[])[$"{tenant}/boss:wrong", $"{tenant}/nobody:wrong", $"{tenant}/disabled:Pass-disabled-1",
            $"{suspended}/boss:Boss-12345!", "nosuch/boss:wrong", "No Such/boss:wrong", $"{tenant}/a b:wrong", $"{tenant}/:wrong", "0/boss:wrong"])
            Assert.Equal("Invalid credentials! : Bad credentials", (await door.RefusedAsync(credentials)).Message);
    }

    [Fact]
    public async Task An_mqtt_user_name_must_hold_the_tenant()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo);
        Assert.Equal(SignInMethod.MqttPassword, (await door.MqttAsync($"{tenant}/boss", "Boss-12345!")).Method);
        foreach (var (user, password) in ((string?, string?)[])[("boss", "Boss-12345!"), (null, "x"), ($"{tenant}/boss", null), ($"{tenant}/boss", ""), ($"{tenant}/boss", "wrong")])
            await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => door.MqttAsync(user, password));
    }

    [Fact]
    public async Task A_cached_sign_in_ends_with_the_password_the_user_and_the_tenant()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var door = new Door(silo, tenant);
        await door.BasicAsync($"{tenant}/anna:Pass-anna-1");
        Assert.True(door.Cache.TryGet(anna.User, "Pass-anna-1", out _));

        await silo.User(anna.User).ChangeOwnPassword(anna, "Pass-anna-1", "Another-1!");
        await door.RefusedAsync($"{tenant}/anna:Pass-anna-1");
        await door.BasicAsync($"{tenant}/anna:Another-1!");

        var grain = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        await grain.Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Suspended));
        await door.RefusedAsync($"{tenant}/anna:Another-1!");
        await grain.Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Active));
        await door.BasicAsync($"{tenant}/anna:Another-1!");
        await silo.User(anna.User).Delete(admin);
        await door.RefusedAsync($"{tenant}/anna:Another-1!");
    }

    [Fact]
    public async Task A_client_that_the_tenant_keeps_out_is_refused_like_a_wrong_password_also_where_the_password_is_known()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var door = new Door(silo, tenant);
        var connection = new ConnectionMemory();
        Task<Caller> AskAsync(string agent) => door.BasicAsync($"{tenant}/boss:Boss-12345!", connection: connection, agent: agent);
        await AskAsync("Scraper/1");
        await silo.Grains.GetGrain<ITenantGrain>(tenant.Value).UpdateBasicSignIn(admin, new BasicSignInChange(null, null, new AgentRules(["Scraper/2"], ["Scraper"], true)));

        // The change is answered: what the connection and the cache remembered from before opens nothing.
        var refusal = await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => AskAsync("Scraper/1"));
        Assert.Equal("Invalid credentials! : Bad credentials", refusal.Message);
        await AskAsync("Scraper/2");
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => AskAsync("Scraper/1"));
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => AskAsync("Mozilla/5.0"));
        Assert.Equal("boss", (await AskAsync("")).User.Name);
        Assert.Equal(3, silo.Records(tenant, "User login failed").Count(r => r.Text.Contains("keeps out", StringComparison.Ordinal)));
        // What speaks MQTT says nothing of itself.
        Assert.Equal("boss", (await door.MqttAsync($"{tenant}/boss", "Boss-12345!")).User.Name);
    }

    [Fact]
    public async Task A_connection_that_says_the_same_again_is_the_same_caller_for_a_few_seconds()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo, tenant);
        var connection = new ConnectionMemory();
        Task<Caller> AgainAsync(ConnectionMemory connection) => door.BasicAsync($"{tenant}/boss:Boss-12345!", connection: connection);

        var first = await AgainAsync(connection);
        Assert.Same(first, await AgainAsync(connection));
        Assert.NotSame(first, await AgainAsync(new ConnectionMemory()));
        door.Clock.Advance(TimeSpan.FromSeconds(Limits.SignInRememberedSeconds));
        Assert.NotSame(first, await AgainAsync(connection));
    }

    [Fact]
    public async Task Whoever_says_anything_else_on_a_connection_is_looked_at_anew()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await silo.MakeAsync(admin, "anna");
        var domain = (await silo.Grains.GetGrain<ITenantGrain>(tenant.Value).Read(await silo.OperatorAsync())).Domain;
        var door = new Door(silo, tenant);
        var connection = new ConnectionMemory();
        Task<Caller> AskAsync(string credentials, string? host = null, string address = Here, bool isApplication = false) =>
            door.BasicAsync(credentials, host, address, isApplication, connection);

        await AskAsync($"{tenant}/boss:Boss-12345!");
        Assert.Equal("anna", (await AskAsync($"{tenant}/anna:Pass-anna-1")).User.Name);
        Assert.Equal(Elsewhere, (await AskAsync($"{tenant}/anna:Pass-anna-1", address: Elsewhere)).Address);
        Assert.True((await AskAsync($"{tenant}/anna:Pass-anna-1", address: Elsewhere, isApplication: true)).IsApplication);
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => AskAsync($"{tenant}/anna:wrong", address: Elsewhere, isApplication: true));
        Assert.Equal(tenant, (await AskAsync("anna:Pass-anna-1", $"{domain}.iot.example")).Tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => AskAsync("anna:Pass-anna-1", "t1.iot.example"));
    }

    [Fact]
    public async Task A_connection_forgets_with_the_password_the_user_the_tenant_and_the_lease()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var door = new Door(silo, tenant);
        var connection = new ConnectionMemory();
        Task<Caller> AskAsync(string password) => door.BasicAsync($"{tenant}/anna:{password}", connection: connection);
        Task RefusedAsync(string password) => OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => AskAsync(password));

        await AskAsync("Pass-anna-1");
        await silo.User(anna.User).ChangeOwnPassword(anna, "Pass-anna-1", "Another-1!");
        await RefusedAsync("Pass-anna-1");

        await AskAsync("Another-1!");
        var grain = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        await grain.Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Suspended));
        await RefusedAsync("Another-1!");
        await grain.Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Active));

        var beforeLapse = await AskAsync("Another-1!");
        door.Cache.LeaseLapsed();
        var caller = await AskAsync("Another-1!");
        Assert.NotSame(beforeLapse, caller);
        // The gate found it outdated, whatever this edge has heard.
        door.SignIn.Forget(caller);
        Assert.NotSame(caller, await AskAsync("Another-1!"));

        await silo.User(anna.User).Delete(admin);
        await RefusedAsync("Another-1!");
    }

    [Fact]
    public void A_sign_in_that_a_change_has_overtaken_is_not_remembered()
    {
        var cache = new CredentialCache(new FakeTimeProvider());
        var user = new UserId(new TenantId("t1"), "anna");
        var words = new BasicWords(Here, "", false, "", "Basic x");
        foreach (var change in (Action[])[() => cache.UserChanged(user, true), () => cache.TenantChanged(user.Tenant, true), () => cache.TenantChanged(new TenantId("t2"), false), cache.LeaseLapsed])
        {
            var (memory, known) = (new ConnectionMemory(), new ConnectionMemory.Known(cache.TenantChanges, cache.StampOf(user)));
            memory.Keep(words, new Caller(user, SignInMethod.Basic, 1, Here), known, cache);
            Assert.NotNull(memory.Recall(words, cache));
            change();
            memory.Keep(words, new Caller(user, SignInMethod.Basic, 1, Here), known, cache);
            Assert.Null(memory.Recall(words, cache));
        }
    }

    [Fact]
    public async Task Too_many_failures_lock_the_user_for_that_address_alone_and_the_lock_reads_as_a_wrong_password()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo, tenant);
        var wrong = await door.RefusedAsync($"{tenant}/boss:wrong");
        for (var i = 1; i < Limits.SignInFailuresFree; i++) await door.RefusedAsync($"{tenant}/boss:wrong");

        var locked = await door.RefusedAsync($"{tenant}/boss:Boss-12345!");
        Assert.Equal((wrong.Message, wrong.Kind, wrong.Subject), (locked.Message, locked.Kind, locked.Subject));
        await door.BasicAsync($"{tenant}/boss:Boss-12345!", address: Elsewhere);
        door.Clock.Advance(TimeSpan.FromSeconds(Limits.SignInLockSecondsFirst));
        await door.BasicAsync($"{tenant}/boss:Boss-12345!");
    }

    [Fact]
    public async Task A_client_that_signed_in_a_moment_ago_is_not_locked_out_by_its_neighbours_guesses()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo, tenant);
        await door.BasicAsync($"{tenant}/boss:Boss-12345!");
        for (var i = 0; i <= Limits.SignInFailuresFree; i++) await door.RefusedAsync($"{tenant}/boss:wrong");
        await door.BasicAsync($"{tenant}/boss:Boss-12345!");
    }

    [Fact]
    public async Task A_first_success_of_mqtt_is_told_before_it_is_served_and_a_right_password_in_a_lock_is_none()
    {
        var (tenant, _) = await silo.TenantAsync();
        int Told() => silo.Records(tenant, "User login").Count();
        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => new Door(silo).MqttAsync($"{tenant}/boss", "Boss-12345!"));
        silo.Audit.BringUp(tenant);
        await new Door(silo).MqttAsync($"{tenant}/boss", "Boss-12345!");
        Assert.Equal(1, Told());

        var door = new Door(silo);
        for (var i = 0; i < Limits.SignInFailuresFree; i++) await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => door.MqttAsync($"{tenant}/boss", "wrong"));
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => door.MqttAsync($"{tenant}/boss", "Boss-12345!"));
        Assert.Equal(1, Told());
    }

    private const int Listed = Limits.SignInFailuresRecordedPerAddressAndMinute;

    private IEnumerable<AuditRecord> Failures(TenantId tenant) => silo.Records(tenant, "User login failed");

    [Fact]
    public async Task A_success_is_told_before_it_is_served_once_an_hour_for_http_and_each_time_for_mqtt()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo, tenant);
        int Told() => silo.Records(tenant, "User login").Count();

        await door.BasicAsync($"{tenant}/boss:Boss-12345!");
        await door.BasicAsync($"{tenant}/boss:Boss-12345!");
        Assert.Equal(1, Told());
        await door.BasicAsync($"{tenant}/boss:Boss-12345!", address: Elsewhere);
        Assert.Equal(2, Told());
        door.Clock.Advance(TimeSpan.FromSeconds(Limits.SignInAuditIntervalSeconds));
        await door.BasicAsync($"{tenant}/boss:Boss-12345!");
        Assert.Equal(3, Told());
        await door.MqttAsync($"{tenant}/boss", "Boss-12345!");
        await door.MqttAsync($"{tenant}/boss", "Boss-12345!");
        Assert.Equal(5, Told());
        // One says nothing of the other.
        await door.MqttAsync($"{tenant}/boss", "Boss-12345!", "192.0.2.77");
        await door.BasicAsync($"{tenant}/boss:Boss-12345!", address: "192.0.2.77");
        Assert.Equal(7, Told());

        silo.Audit.TakeDown(tenant);
        await OneSilo.RefusedAsync(RefusalKind.Unavailable, () => door.MqttAsync($"{tenant}/boss", "Boss-12345!"));
        silo.Audit.BringUp(tenant);
    }

    [Fact]
    public async Task Failures_are_told_up_to_a_limit_and_the_rest_as_one_sum_when_the_minute_is_over()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo);
        for (var i = 0; i < Listed + 3; i++) await door.RefusedAsync($"{tenant}/nobody:wrong");
        Assert.Equal(Listed, Failures(tenant).Count());

        // Nobody has to fail again for it.
        door.Clock.Advance(TimeSpan.FromMinutes(1));
        await Wait.UntilAsync(() => Failures(tenant).Count() == Listed + 1, "the sum of the failures that were not listed");
        var last = Failures(tenant).Last();
        Assert.Contains("3 failures from this address within a minute that are not listed", last.Text, StringComparison.Ordinal);
        Assert.Equal(("UserAuthentication", "nobody", "WARNING"), (last.Type, last.User, last.Severity));
        Assert.DoesNotContain("wrong", last.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_stops_tells_what_it_has_counted()
    {
        var (tenant, _) = await silo.TenantAsync();
        var door = new Door(silo);
        for (var i = 0; i < Listed + 2; i++) await door.RefusedAsync($"{tenant}/nobody:wrong");

        await door.Audit.StopAsync(default);
        Assert.Contains("2 failures", Failures(tenant).Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_address_does_to_one_tenant_hides_nothing_from_another()
    {
        var (one, other) = ((await silo.TenantAsync()).Tenant, (await silo.TenantAsync()).Tenant);
        var door = new Door(silo);
        for (var i = 0; i < Listed + 5; i++) await door.RefusedAsync($"{one}/nobody:wrong");
        for (var i = 0; i < Listed + 5; i++) await door.RefusedAsync($"ghost{i}/boss:wrong");

        await door.RefusedAsync($"{other}/boss:wrong");
        Assert.Single(Failures(other));
        await door.Audit.StopAsync(default);
        Assert.Single(Failures(other));
        Assert.Contains("5 failures", Failures(one).Last().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Naming_a_tenant_that_is_none_makes_it_no_trail()
    {
        await new Door(silo).RefusedAsync("ghost/boss:wrong");
        Assert.False(silo.Audit.Has(new TenantId("ghost")));
        Assert.Contains(silo.Records(TenantId.Management, "User login failed"), r => r.User == "ghost/boss");
    }
}
