using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Devices;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Devices;

public sealed class DeviceRequestTests(OneSilo silo)
{
    private static int _ids;

    private static string NewId() => $"pump-{Interlocked.Increment(ref _ids)}";

    private IDeviceRequestGrain Request(string id) => silo.Grains.GetGrain<IDeviceRequestGrain>(Uri.EscapeDataString(id));

    private Task<Caller> BootstrapAsync() => silo.CallerAsync(UserId.DeviceBootstrap);

    private Task<Page<DeviceRequest>> ListAsync(Caller caller, PageRequest page) =>
        silo.Grains.GetGrain<IDeviceRequestsGrain>(caller.Tenant.Value).Find(caller, page);

    private async Task<Refusal> PollInVainAsync(string id, string? token = null)
    {
        var bootstrap = await BootstrapAsync();
        return await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Request(id).Poll(bootstrap, token));
    }

    private async Task<string> PendingAsync(Caller admin, string? token = null)
    {
        var id = NewId();
        await Request(id).Claim(admin, new NewDeviceRequest(id, null, null));
        await PollInVainAsync(id, token);
        return id;
    }

    [Fact]
    public async Task A_device_waits_is_accepted_after_its_first_call_and_gets_credentials_once()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = NewId();
        var claimed = await Request(id).Claim(admin, new NewDeviceRequest(id, "4711", "pumps"));
        Assert.Equal((RegistrationStatus.WaitingForConnection, "boss", tenant, "4711", "pumps"),
            (claimed.Status, claimed.Owner, claimed.Tenant, claimed.GroupId, claimed.Type));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Accept(admin, null));

        await PollInVainAsync(id);
        Assert.Equal(RegistrationStatus.PendingAcceptance, (await Request(id).Read(admin)).Status);
        await PollInVainAsync(id);
        Assert.Equal(RegistrationStatus.Accepted, (await Request(id).Accept(admin, null)).Status);
        Assert.Equal(RegistrationStatus.Accepted, (await Request(id).Accept(admin, null)).Status);

        var credentials = await Request(id).Poll(await BootstrapAsync(), null);
        Assert.Equal((id, tenant, "device_" + id), (credentials.Id, credentials.Tenant, credentials.UserName));
        var user = new UserId(tenant, credentials.UserName);
        Assert.True((await silo.CheckAsync(user, credentials.Password)).IsGood);
        await PollInVainAsync(id);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Request(id).Read(admin));

        var told = silo.Audit.Of(tenant).Where(r => r.Source == id).Select(r => (r.Activity, r.User)).ToList();
        var statuses = silo.Audit.Of(tenant).Where(r => r.Source == id).SelectMany(r => r.Changes).Where(c => c.Attribute == "status")
            .Select(c => (c.PreviousValue, c.NewValue));
        Assert.Equal([
            (null, "WAITING_FOR_CONNECTION"), ("WAITING_FOR_CONNECTION", "PENDING_ACCEPTANCE"), ("PENDING_ACCEPTANCE", "ACCEPTED"), ("ACCEPTED", null)], statuses);
        Assert.Equal([
            ("Device registration requested", "boss"), ("Device registration pending", "management/devicebootstrap"),
            ("Device registration accepted", "boss"), ("Device registered", "management/devicebootstrap")], told);
    }

    [Fact]
    public async Task Registering_an_id_again_gives_its_user_a_new_password()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin);
        await Request(id).Accept(admin, null);
        var first = await Request(id).Poll(await BootstrapAsync(), null);
        await Request(id).Claim(admin, new NewDeviceRequest(id, null, null));
        await PollInVainAsync(id);
        await Request(id).Accept(admin, null);
        var second = await Request(id).Poll(await BootstrapAsync(), null);

        var user = new UserId(tenant, first.UserName);
        Assert.False((await silo.CheckAsync(user, first.Password)).IsGood);
        Assert.True((await silo.CheckAsync(user, second.Password)).IsGood);
    }

    [Fact]
    public async Task A_second_claim_is_a_conflict_that_names_nobody_from_whichever_tenant()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (_, other) = await silo.TenantAsync();
        var id = NewId();
        await Request(id).Claim(admin, new NewDeviceRequest(id, null, null));

        var own = await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Request(id).Claim(admin, new NewDeviceRequest(id, null, null)));
        var foreign = await OneSilo.RefusedAsync(RefusalKind.Conflict, () => Request(id).Claim(other, new NewDeviceRequest(id, null, null)));
        Assert.Equal(own.Message, foreign.Message);
        Assert.DoesNotContain(tenant.Value, foreign.Message.Replace(id, "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("boss", foreign.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task To_another_tenant_a_registration_reads_exactly_as_one_that_nobody_made()
    {
        var (_, admin) = await silo.TenantAsync();
        var (_, other) = await silo.TenantAsync();
        var claimed = await PendingAsync(admin);
        var unknown = NewId();
        foreach (var act in (Func<IDeviceRequestGrain, Task>[])[r => r.Read(other), r => r.Accept(other, "1"), r => r.Delete(other)])
        {
            var foreign = await OneSilo.RefusedAsync(RefusalKind.NotFound, () => act(Request(claimed)));
            var none = await OneSilo.RefusedAsync(RefusalKind.NotFound, () => act(Request(unknown)));
            Assert.Equal(none.Message.Replace(unknown, claimed, StringComparison.Ordinal), foreign.Message);
            Assert.Equal(none.LogText.Replace(unknown, claimed, StringComparison.Ordinal), foreign.LogText);
        }
        Assert.Equal(RegistrationStatus.PendingAcceptance, (await Request(claimed).Read(admin)).Status);
        Assert.Empty((await ListAsync(other, PageRequest.First)).Items);
        // What the asker is not told stands in its own tenant's trail, and an id that nobody claimed is no attempt on anybody.
        var denials = silo.Records(other.Tenant, "Access denied").ToList();
        Assert.Equal(3, denials.Count);
        Assert.All(denials, r => Assert.Contains(claimed, r.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_platform_operator_announces_a_device_for_a_tenant_and_nobody_else_does_for_another()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (_, stranger) = await silo.TenantAsync();
        var @operator = await silo.OperatorAsync();
        var id = NewId();
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Claim(stranger, new NewDeviceRequest(id, null, null, tenant)));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Claim(@operator, new NewDeviceRequest(id, null, null, new TenantId("t999999"))));
        var claimed = await Request(id).Claim(@operator, new NewDeviceRequest(id, null, null, tenant));

        Assert.Equal((tenant, "management/admin"), (claimed.Tenant, claimed.Owner));
        await PollInVainAsync(id);
        await Request(id).Accept(admin, null);
        Assert.Equal(tenant, (await Request(id).Poll(await BootstrapAsync(), null)).Tenant);
        foreach (var trail in (TenantId[])[tenant, TenantId.Management])
            Assert.Single(silo.Audit.Of(trail), r => r.Source == id && r.Activity == "Device registration requested");
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Request(id).Read(@operator));
    }

    [Fact]
    public async Task Only_the_platforms_bootstrap_user_polls()
    {
        var (_, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin);
        await Request(id).Accept(admin, null);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Poll(admin, null));
        // A tenant may hand the authority to its own users, but it opens nothing outside the platform's tenant.
        var (_, otherAdmin) = await silo.TenantAsync();
        var thief = await silo.MakeAsync(otherAdmin, "thief", Authority.DeviceBootstrap);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => Request(id).Poll(thief, null));
        await Request(id).Poll(await BootstrapAsync(), null);
    }

    [Fact]
    public async Task The_bootstrap_user_does_nothing_but_poll()
    {
        var (_, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin);
        var bootstrap = await BootstrapAsync();
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Read(bootstrap));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Accept(bootstrap, null));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(NewId()).Claim(bootstrap, new NewDeviceRequest("x", null, null)));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Delete(bootstrap));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => ListAsync(bootstrap, PageRequest.First));
    }

    [Fact]
    public async Task A_security_token_that_the_device_sends_must_be_repeated_by_the_user_and_at_each_poll()
    {
        var (_, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin, "1234");
        await PollInVainAsync(id, "9999");
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Accept(admin, null));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Accept(admin, "9999"));
        await Request(id).Accept(admin, "1234");

        await PollInVainAsync(id, null);
        await PollInVainAsync(id, "9999");
        Assert.Equal(id, (await Request(id).Poll(await BootstrapAsync(), "1234")).Id);
        Assert.Equal(["Device registration failed due to missing token", "Device registration failed due to invalid token", "Device registration failed due to invalid token"],
            silo.Audit.Of(admin.Tenant).Where(r => r.Severity == "WARNING" && r.Source == id).Select(r => r.Activity));
    }

    [Fact]
    public async Task A_token_that_the_device_never_sent_accepts_nothing()
    {
        var (_, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Accept(admin, "1234"));
        Assert.Equal(RegistrationStatus.PendingAcceptance, (await Request(id).Read(admin)).Status);
    }

    [Fact]
    public async Task Too_many_wrong_tokens_block_the_registration_until_it_is_deleted()
    {
        var (_, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin, "1234");
        for (var i = 0; i < Limits.SecurityTokenFailuresMax; i++)
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Accept(admin, "wrong"));

        Assert.Equal(RegistrationStatus.Blocked, (await Request(id).Read(admin)).Status);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Accept(admin, "1234"));
        await PollInVainAsync(id, "1234");
        Assert.Single(silo.Records(admin.Tenant, "Device registration failed due to max number of failed attempts reached"));
        await Request(id).Delete(admin);
        await Request(id).Claim(admin, new NewDeviceRequest(id, null, null));
    }

    [Fact]
    public async Task Whoever_guesses_the_token_of_an_accepted_device_is_slowed_down_and_cannot_block_it()
    {
        var (_, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin, "1234");
        await Request(id).Accept(admin, "1234");
        for (var i = 0; i < Limits.SecurityTokenFailuresMax; i++) await PollInVainAsync(id, $"{i}");
        // Too many guesses: for a while not even the right one is heard from there, so that guessing takes for ever.
        await PollInVainAsync(id, "1234");
        Assert.Equal(RegistrationStatus.Accepted, (await Request(id).Read(admin)).Status);

        var elsewhere = new Caller(UserId.DeviceBootstrap, SignInMethod.MqttPassword, (await BootstrapAsync()).CredentialEpoch, "192.0.2.77");
        Assert.Equal(id, (await Request(id).Poll(elsewhere, "1234")).Id);
    }

    [Fact]
    public void Guessing_is_counted_by_address_and_in_all_until_the_minute_is_over()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var guesses = new TokenGuesses(clock);
        for (var guess = 0; guess < Limits.SecurityTokenFailuresMax; guess++)
        {
            Assert.True(guesses.IsHeard("here"));
            guesses.Count("here");
        }
        Assert.Equal((false, true), (guesses.IsHeard("here"), guesses.IsHeard("there")));
        for (var guess = Limits.SecurityTokenFailuresMax; guess < Limits.SecurityTokenGuessesMax; guess++) guesses.Count($"{guess}");
        Assert.False(guesses.IsHeard("there"));

        clock.Advance(TimeSpan.FromSeconds(Limits.SecurityTokenGuessSeconds));
        Assert.Equal((true, true), (guesses.IsHeard("here"), guesses.IsHeard("there")));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a$b")]
    [InlineData("a:b")]
    [InlineData("a\tb")]
    public async Task An_id_that_no_device_can_have_is_refused(string id)
    {
        var (_, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Claim(admin, new NewDeviceRequest(id, null, null)));
        var bootstrap = await BootstrapAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => Request(id).Poll(bootstrap, null));
    }

    [Fact]
    public async Task Each_step_takes_its_own_right_and_whoever_asked_may_delete_while_it_might_ask_again()
    {
        var (_, admin) = await silo.TenantAsync();
        var reader = await silo.MakeAsync(admin, "reader", Authority.DeviceControlRead);
        var registrar = await silo.MakeAsync(admin, "registrar", Authority.DeviceControlAdmin);
        var users = await silo.MakeAsync(admin, "users", Authority.UserManagementAdmin);
        var id = NewId();
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Claim(reader, new NewDeviceRequest(id, null, null)));
        await Request(id).Claim(registrar, new NewDeviceRequest(id, null, null));

        await Request(id).Read(reader);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Read(registrar));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => ListAsync(registrar, PageRequest.First));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Accept(reader, null));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Delete(reader));
        await Request(id).Delete(registrar);
        await Request(id).Claim(registrar, new NewDeviceRequest(id, null, null));
        await silo.User(registrar.User).Unassign(admin, Authority.DeviceControlAdmin);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => Request(id).Delete(registrar));
        await Request(id).Delete(users);
    }

    [Fact]
    public async Task A_suspended_tenants_registrations_hand_out_nothing()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin);
        await Request(id).Accept(admin, null);
        var grain = silo.Grains.GetGrain<ITenantGrain>(tenant.Value);
        await grain.Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Suspended));
        await PollInVainAsync(id);
        await grain.Update(await silo.OperatorAsync(), new TenantChange(null, null, null, null, TenantStatus.Active));
        await Request(id).Poll(await BootstrapAsync(), null);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("device-request")]
    public async Task A_hand_over_that_is_interrupted_is_gone_on_with_at_the_next_poll(string state)
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = await PendingAsync(admin);
        await Request(id).Accept(admin, null);
        var bootstrap = await BootstrapAsync();
        silo.Documents.FailNextWrite(state, state == "user" ? $"{tenant}/device_{id}" : id);
        await Assert.ThrowsAnyAsync<Exception>(() => Request(id).Poll(bootstrap, null));

        var credentials = await Request(id).Poll(bootstrap, null);
        Assert.True((await silo.CheckAsync(new UserId(tenant, credentials.UserName), credentials.Password)).IsGood);
    }

    [Fact]
    public async Task A_list_has_the_tenants_registrations_by_id_in_full_pages_with_exact_totals()
    {
        var (_, admin) = await silo.TenantAsync();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) ids.Add(await PendingAsync(admin));
        await Request(ids[2]).Delete(admin);
        ids.RemoveAt(2);
        ids.Sort(StringComparer.Ordinal);

        var first = await ListAsync(admin, new PageRequest(1, 3, true));
        var second = await ListAsync(admin, new PageRequest(2, 3, false));
        Assert.Equal(ids, first.Items.Concat(second.Items).Select(r => r.Id));
        Assert.Equal((3, true, 4L), (first.Items.Count, first.HasMore, first.Total));
        Assert.False(second.HasMore);
        Assert.All(first.Items, r => Assert.Equal(RegistrationStatus.PendingAcceptance, r.Status));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_claim_that_is_interrupted_shows_in_no_list_and_can_be_made_again(bool afterwards)
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = NewId();
        if (afterwards) silo.Documents.FailWriteAfterNext("device-requests", tenant.Value);
        else silo.Documents.FailNextWrite("device-request", id);
        await Assert.ThrowsAnyAsync<Exception>(() => Request(id).Claim(admin, new NewDeviceRequest(id, null, null)));

        // When the registration itself was made, the list has it; when it was not, it has not: never what a read does not find.
        var listed = (await ListAsync(admin, new PageRequest(1, 5, true))).Items.Select(r => r.Id);
        Assert.Equal(afterwards ? [id] : [], listed);
        if (!afterwards) await Request(id).Claim(admin, new NewDeviceRequest(id, null, null));
        Assert.Equal(1, (await ListAsync(admin, new PageRequest(1, 5, true))).Total);
    }

    [Fact]
    public async Task What_an_interrupted_claim_left_in_the_index_is_dropped_later()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var lost = NewId();
        silo.Documents.FailNextWrite("device-request", lost);
        await Assert.ThrowsAnyAsync<Exception>(() => Request(lost).Claim(admin, new NewDeviceRequest(lost, null, null)));
        Assert.Contains(lost, silo.Documents.TextOf("device-requests", tenant.Value), StringComparison.Ordinal);

        silo.Clock.Advance(TimeSpan.FromSeconds(Limits.RegistrationUnsettledSecondsMax + 1));
        var kept = await PendingAsync(admin);
        var index = silo.Documents.TextOf("device-requests", tenant.Value);
        Assert.DoesNotContain(lost, index.Replace(kept, "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
