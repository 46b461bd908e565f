using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Audit;
using Bailiwick.Grains.Abstractions.Tenancy;
using Bailiwick.Grains.Access;
using Bailiwick.Grains.Audit;

namespace Bailiwick.Grains.Tenancy;

// Passwords: changing them, and what the platform itself sets. Signing in with one is SignInGrain's.
internal sealed partial class UserGrain
{
    // Wrong current passwords given to ChangeOwnPassword. They are guesses of somebody who holds a session and not the password.
    private int _ownPasswordFailures;
    private DateTimeOffset _ownPasswordFailedAt;

    public async Task ChangeOwnPassword(Caller caller, string currentPassword, string newPassword)
    {
        RequireSelf(caller);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.OwnAdmin);
        if (_id.IsDevice) throw UserRules.DevicePasswordIsMade();
        Passwords.Require(newPassword);
        var before = _user.Read(permit);
        await RequireCurrentPasswordAsync(caller, before, currentPassword);
        // One that ran out, or that was to be replaced, would run on.
        if (newPassword == currentPassword) throw Refusal.Invalid("users", "The new password must differ from the current one.");
        await SetPasswordAsync(caller, permit, before, newPassword, isMade: false);
    }

    public async Task<string?> Found(Caller caller, FoundingUser plan)
    {
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        var password = plan.Password ?? Passwords.Make();
        var isMade = plan.Password is null;
        if (_user.Exists)
        {
            await SetPasswordAsync(caller, permit, _user.Read(permit), password, isMade);
        }
        else
        {
            var next = Newborn(permit) with
            {
                Profile = UserProfile.Empty with { Email = plan.Email },
                Verifier = await _secrets.MakeAsync(_id, password, isMade),
                Strength = isMade ? PasswordStrength.Green : Passwords.Rate(password),
                Direct = plan.Direct,
                Groups = plan.Groups,
                IsFirstAdmin = plan.IsFirstAdmin,
            };
            await ChangeAsync(caller, permit, next, "User created");
        }
        return isMade ? password : null;
    }

    public async Task<string> Enroll(Caller caller, string acceptedBy)
    {
        Check.That(_id.IsDevice);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserCreate);
        var password = Passwords.Make();
        if (_user.Exists)
        {
            await SetPasswordAsync(caller, permit, _user.Read(permit), password, isMade: true, acceptedBy);
        }
        else
        {
            var next = Newborn(permit) with
            {
                Verifier = await _secrets.MakeAsync(_id, password, isMade: true),
                Strength = PasswordStrength.Green,
                Groups = [DefaultGroups.Devices],
            };
            await ChangeAsync(caller, permit, next, "User created", acceptedBy);
        }
        return password;
    }

    public async Task Remove(Caller caller, string removedBy)
    {
        Check.That(_id.IsDevice);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserAdmin);
        if (_user.Exists) await ChangeAsync(caller, permit, _user.Read(permit).Tombstone(), "User deleted", removedBy);
        else if (_user.Recall(permit) is { } remains) await _publisher.PublishAsync(remains.Fact(_id));
    }

    public Task<bool?> IsEnabled(Caller caller)
    {
        Check.That(_id.IsDevice);
        var permit = ReadPermit.Demand(caller, _user.Resource, Permission.UserRead);
        return Task.FromResult(_user.Exists ? _user.Read(permit).IsEnabled : (bool?)null);
    }

    public async Task<bool?> Enable(Caller caller, bool isEnabled, string by)
    {
        Check.That(_id.IsDevice);
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserAdmin);
        if (!_user.Exists) return null;
        var before = _user.Read(permit);
        await ChangeIfAnyAsync(caller, permit, before, Enabled(before, isEnabled), by);
        return isEnabled;
    }

    public async Task<string> Reset(Caller caller)
    {
        RequireExists();
        if (_id.IsDevice) throw UserRules.DevicePasswordIsMade();
        var permit = WritePermit.Demand(caller, _user.Resource, Permission.UserAdmin);
        var password = Passwords.Make();
        await SetPasswordAsync(caller, permit, _user.Read(permit), password, isMade: true);
        return password;
    }

    private async Task SetPasswordAsync(Caller caller, WritePermit permit, UserState before, string password, bool isMade, string? by = null)
    {
        var next = before with
        {
            Version = before.Version + 1,
            CredentialEpoch = before.CredentialEpoch + 1,
            Verifier = await _secrets.MakeAsync(_id, password, isMade),
            Strength = isMade ? PasswordStrength.Green : Passwords.Rate(password),
            LastPasswordChange = _clock.GetUtcNow(),
            ShouldResetPassword = false,
        };
        await ChangeAsync(caller, permit, next, "User updated", by);
    }

    private async Task RequireCurrentPasswordAsync(Caller caller, UserState state, string currentPassword)
    {
        var now = _clock.GetUtcNow();
        if (now - _ownPasswordFailedAt > TimeSpan.FromSeconds(Limits.OwnPasswordFailuresForgottenSeconds)) _ownPasswordFailures = 0;
        if (_ownPasswordFailures >= Limits.OwnPasswordFailuresMax)
            throw new Refusal(RefusalKind.Busy, "users", "The current password was wrong too often. Try again in a minute.");
        if (await _secrets.MatchesAsync(_id, state.Verifier, currentPassword)) return;
        _ownPasswordFailures++;
        _ownPasswordFailedAt = now;
        await GrainFactory.RecordInAsync(_id.Tenant, caller, new NewAuditRecord(
            "User", "Password update failed", $"Password update failed: {_id.Name} gave a wrong current password",
            Source: _id.Name, Severity: AuditRules.Warning));
        throw Refusal.Invalid("users", "The current password is wrong.");
    }
}
