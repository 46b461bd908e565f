using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Identity;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Tenancy;
using Bailiwick.Grains.Tests.Platform;

namespace Bailiwick.Grains.Tests.Tenancy;

public sealed class UserTests(OneSilo silo)
{
    private static readonly UserChange Nothing = new(null, null, null, null, null, null, null, null, null);

    [Fact]
    public async Task A_new_user_may_see_and_change_itself_and_holds_what_was_asked_for()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var id = new UserId(tenant, "anna");

        var made = await silo.User(id).Create(admin, OneSilo.NewUser("anna", [12], Authority.AlarmAdmin));

        Assert.Equal(DefaultGroups.Own.With(Authority.AlarmAdmin), made.Direct);
        Assert.Equal("Global Reader", Assert.Single(made.Groups).Name);
        Assert.Null(made.Owner);
        Assert.Equal(PasswordStrength.Green, made.Strength);
        var seen = await silo.User(id).ReadOwn(await silo.CallerAsync(id));
        Assert.Equal(made.Effective, seen.Effective);
        Assert.True(seen.Effective.Contains(Authority.MeasurementRead));
    }

    [Fact]
    public async Task A_second_user_of_a_name_is_a_conflict_and_the_same_name_in_another_tenant_is_another_user()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var (other, otherAdmin) = await silo.TenantAsync();
        await silo.MakeAsync(admin, "smith");

        await OneSilo.RefusedAsync(RefusalKind.Conflict, () => silo.User(new UserId(tenant, "smith")).Create(admin, OneSilo.NewUser("smith")));
        await silo.MakeAsync(otherAdmin, "smith", Authority.AlarmRead);

        Assert.False((await silo.User(new UserId(tenant, "smith")).Read(admin)).Effective.Contains(Authority.AlarmRead));
        Assert.True((await silo.User(new UserId(other, "smith")).Read(otherAdmin)).Effective.Contains(Authority.AlarmRead));
    }

    [Fact]
    public async Task An_administrator_reaches_no_user_of_another_tenant()
    {
        var (_, admin) = await silo.TenantAsync();
        var (other, otherAdmin) = await silo.TenantAsync();
        await silo.MakeAsync(otherAdmin, "smith");
        var smith = silo.User(new UserId(other, "smith"));

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => smith.Read(admin));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => smith.Delete(admin));
        await OneSilo.RefusedAsync(RefusalKind.Denied, async () => await smith.Read(await silo.OperatorAsync()));
    }

    [Theory]
    [InlineData("device_pump")]
    [InlineData("Device_pump")]
    [InlineData("with space")]
    [InlineData("a/b")]
    [InlineData("a:b")]
    [InlineData("a$b")]
    [InlineData("a+b")]
    public async Task A_name_that_no_person_can_have_is_refused(string name)
    {
        var (tenant, admin) = await silo.TenantAsync();
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => silo.User(new UserId(tenant, name)).Create(admin, OneSilo.NewUser(name)));
    }

    [Theory]
    [InlineData("Short1!", "at least")]
    [InlineData("Passw\u0142rd-1", "Latin-1")]
    [InlineData("Pass\tword-1", "Latin-1")]
    public async Task A_password_that_breaks_the_rules_is_refused_with_the_rule(string password, string says)
    {
        var (tenant, admin) = await silo.TenantAsync();
        var refusal = await OneSilo.RefusedAsync(RefusalKind.Invalid,
            () => silo.User(new UserId(tenant, "anna")).Create(admin, OneSilo.NewUser("anna") with { Password = password }));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abcdefgh", PasswordStrength.Red)]
    [InlineData("Abcdefg1", PasswordStrength.Yellow)]
    [InlineData("Abcdef1!", PasswordStrength.Green)]
    public void A_password_is_rated_by_the_kinds_of_its_characters(string password, PasswordStrength rating) =>
        Assert.Equal(rating, Passwords.Rate(password));

    [Fact]
    public async Task A_group_or_role_that_does_not_exist_is_not_found()
    {
        var (tenant, admin) = await silo.TenantAsync();
        await silo.MakeAsync(admin, "anna");
        var anna = silo.User(new UserId(tenant, "anna"));

        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => anna.AddToGroup(admin, 99));
        var refusal = await OneSilo.RefusedAsync(RefusalKind.NotFound, () => anna.Assign(admin, (Authority)63));
        Assert.Equal("Cannot find the specified role.", refusal.Message);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => silo.User(new UserId(tenant, "bob")).Create(admin, OneSilo.NewUser("bob", [99])));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => anna.RemoveFromGroup(admin, 1));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => anna.Unassign(admin, Authority.AlarmRead));
    }

    [Fact]
    public async Task A_user_that_is_none_is_not_found_before_anything_is_decided()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var nobody = silo.User(new UserId(tenant, "nobody"));

        var refusal = await OneSilo.RefusedAsync(RefusalKind.NotFound, () => nobody.Read(maker));
        Assert.Equal("users", refusal.Subject);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => nobody.Update(admin, Nothing));
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => nobody.Delete(admin));
    }

    [Fact]
    public async Task Rights_given_and_taken_bite_at_the_next_call()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var boss = silo.User(new UserId(tenant, "boss"));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => boss.Read(anna));

        await silo.User(anna.User).Assign(admin, Authority.UserManagementRead);
        await boss.Read(anna);
        await silo.User(anna.User).Unassign(admin, Authority.UserManagementRead);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => boss.Read(anna));

        await silo.User(anna.User).AddToGroup(admin, 4);
        await boss.Read(anna);
        await silo.User(anna.User).RemoveFromGroup(admin, 4);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => boss.Read(anna));
    }

    [Fact]
    public async Task A_disabled_user_is_nobody_and_what_it_was_signed_in_as_stays_out_when_it_is_enabled_again()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var grain = silo.User(anna.User);

        await grain.Update(admin, Nothing with { IsEnabled = false });
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => grain.ReadOwn(anna));
        await grain.Update(admin, Nothing with { IsEnabled = true });
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => grain.ReadOwn(anna));
        await grain.ReadOwn(await silo.CallerAsync(anna.User));
    }

    [Fact]
    public async Task Numbers_of_a_name_never_go_back_when_the_name_is_made_again()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var old = await silo.MakeAsync(admin, "anna", Authority.AlarmAdmin);
        var grain = silo.User(old.User);
        await grain.Delete(admin);
        await OneSilo.RefusedAsync(RefusalKind.NotFound, () => grain.Read(admin));
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => grain.ReadOwn(old));

        var anew = await silo.MakeAsync(admin, "anna");

        Assert.True(anew.CredentialEpoch > old.CredentialEpoch);
        await OneSilo.RefusedAsync(RefusalKind.Unauthenticated, () => grain.ReadOwn(old));
        Assert.Equal(DefaultGroups.Own, (await grain.ReadOwn(anew)).Effective);
        var versions = silo.Facts.PublishedOf(new UserId(tenant, "anna")).Select(f => f.Version).ToList();
        Assert.Equal(versions.Distinct().Order(), versions);
    }

    [Fact]
    public async Task Nobody_deletes_itself_or_the_first_administrator()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var second = await silo.MakeAsync(admin, "second", Authority.UserManagementAdmin);

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(second.User).Delete(second));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(new UserId(tenant, "boss")).Delete(second));
        await silo.User(second.User).Delete(admin);
    }

    [Fact]
    public async Task A_user_changes_its_profile_and_nothing_that_only_an_administrator_may()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var grain = silo.User(anna.User);

        var seen = await grain.UpdateOwn(anna, Nothing with { Email = "anna@test.example", FirstName = "Anna", IsEnabled = false });

        Assert.Equal("Anna", seen.Profile.FirstName);
        Assert.True(seen.IsEnabled);
        Assert.Null((await grain.UpdateOwn(anna, Nothing with { FirstName = "" })).Profile.FirstName);
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => grain.UpdateOwn(anna, Nothing with { Password = "Another-1!" }));
        await OneSilo.RefusedAsync(RefusalKind.Invalid, () => grain.UpdateOwn(anna, Nothing with { Phone = new string('1', 300) }));
    }

    [Fact]
    public async Task What_is_only_for_oneself_is_refused_to_everybody_else()
    {
        var (_, admin) = await silo.TenantAsync();
        var anna = await silo.MakeAsync(admin, "anna");
        var grain = silo.User(anna.User);

        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.ReadOwn(admin));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.UpdateOwn(admin, Nothing));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => grain.ChangeOwnPassword(admin, "Pass-anna-1", "Another-1!"));
    }

    [Fact]
    public async Task Reading_and_making_are_apart_from_administering()
    {
        var (tenant, admin) = await silo.TenantAsync();
        var reader = await silo.MakeAsync(admin, "reader", Authority.UserManagementRead);
        var anna = await silo.MakeAsync(admin, "anna");

        await silo.User(anna.User).Read(reader);
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(new UserId(tenant, "x")).Create(reader, OneSilo.NewUser("x")));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(anna.User).Update(reader, Nothing));
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(reader.User).Read(anna));

        var only = await silo.MakeAsync(admin, "only-admin", Authority.UserManagementAdmin);
        await silo.User(anna.User).Update(only, Nothing with { FirstName = "A" });
        await OneSilo.RefusedAsync(RefusalKind.Denied, () => silo.User(anna.User).Read(only));
    }

    [Fact]
    public async Task An_e_mail_address_is_changed_by_whose_it_is_and_by_nobody_else()
    {
        var (_, admin) = await silo.TenantAsync();
        var maker = await silo.MakeAsync(admin, "maker", Authority.UserManagementCreate);
        var id = new UserId(admin.Tenant, "anna");
        var (anna, before) = (silo.User(id), UserProfile.Empty with { Email = "anna@test.example" });
        await anna.Create(maker, OneSilo.NewUser("anna") with { Profile = before });

        foreach (var (caller, email) in ((Caller, string)[])[(admin, "boss@test.example"), (maker, "maker@test.example"), (admin, "")])
            await OneSilo.RefusedAsync(RefusalKind.Invalid, () => anna.Update(caller, Nothing with { Email = email }));
        // Who sends back what it was given changes nothing of it.
        Assert.Equal("anna@test.example", (await anna.Update(admin, Nothing with { Email = "anna@test.example", LastName = "A" })).Profile.Email);
        Assert.Equal("a@test.example", (await anna.UpdateOwn(await silo.CallerAsync(id), Nothing with { Email = "a@test.example" })).Profile.Email);
        Assert.Equal("b@test.example", (await silo.User(admin.User).Update(admin, Nothing with { Email = "b@test.example" })).Profile.Email);
    }
}
